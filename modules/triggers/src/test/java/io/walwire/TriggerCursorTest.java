package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import io.walwire.event.Gap;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a cursor keeps, whatever ends its reader or its server. */
class TriggerCursorTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Recorder<Gap> gaps = new Recorder<>();
    private final Recorder<Long> ids = new Recorder<>();

    private WalwireBuilder recording(WalwireBuilder builder) {
        return builder.handler(Items.ids(ids)).handler(on -> on.onGap(event -> gaps.add(event.gap())));
    }

    private static WalwireBuilder failing(WalwireBuilder builder) {
        return builder.failurePolicy(FailurePolicy.stop())
                .handler(on -> on.onGap(gap -> {
                    throw new IOException("cannot be delivered");
                }));
    }

    @Test
    void expired_gapNotDelivered_nextStartDeliversIt_once() throws Exception {
        database.sql("CREATE TABLE item (id bigint PRIMARY KEY)");
        recording(Outboxes.durable(database)).start().close();
        String position = database.queryOne(String.class, "SELECT position::text FROM " + Outboxes.CURSOR);
        Outboxes.abandon(database);
        try (Walwire walwire = failing(Outboxes.durable(database)).start()) {
            BrokenForGoodTest.assertFails(walwire, ErrorCode.HANDLER, "cannot be delivered");
        }
        try (Walwire walwire = recording(Outboxes.durable(database)).start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(gaps.all()).singleElement().satisfies(gap -> {
            assertThat(gap.reason()).contains("longer ago than changes wait for it");
            assertThat(Objects.requireNonNull(gap.from()).value()).isEqualTo(Long.parseLong(position));
        });
        recording(Outboxes.durable(database)).start().close();
        assertThat(gaps.all()).hasSize(1);
        assertThat(ids.all()).containsExactly(1L);
    }

    @Test
    void restoredFromAnotherServersDump_everyConsumerGetsAGap() throws Exception {
        database.sql("CREATE TABLE item (id bigint PRIMARY KEY)");
        recording(Outboxes.durable(database)).start().close();
        database.sql(
                "INSERT INTO item VALUES (1)",
                "INSERT INTO " + Outboxes.OUTBOX + " (xid, definition, kind, changed_at, new_row)"
                        + " SELECT '4000000000', definition, kind, changed_at, new_row FROM " + Outboxes.OUTBOX);
        Outboxes.temporary(database).start().close();
        try (Walwire walwire = recording(Outboxes.durable(database)).start()) {
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(gaps.all()).singleElement().satisfies(gap -> assertThat(gap.reason())
                .contains("another server's dump"));
    }

    /** Its position lies far ahead of this server's transactions, or below them: neither shows whose it is. */
    @Test
    void cursor_ofAnotherServer_isAGap_whateverItsPosition() throws Exception {
        database.sql("CREATE TABLE item (id bigint PRIMARY KEY)");
        recording(Outboxes.durable(database)).start().close();
        for (String foreign : List.of(
                "regexp_replace(origin, '^\\d+', '7000000000000000000')",
                "regexp_replace(origin, ' \\d+ ', ' 1 ')",
                "regexp_replace(origin, '\\d+$', '1')")) {
            int before = gaps.all().size();
            database.sql("UPDATE " + Outboxes.CURSOR + " SET origin = " + foreign);
            database.sql("INSERT INTO item VALUES (" + before + ")");
            try (Walwire walwire = recording(Outboxes.durable(database)).start()) {
                assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            }
            assertThat(gaps.all()).hasSize(before + 1).last().satisfies(gap -> assertThat(gap.reason())
                    .contains("another server's dump"));
        }
        try (Walwire walwire = recording(Outboxes.durable(database)).start()) {
            database.sql("INSERT INTO item VALUES (100)");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(gaps.all()).hasSize(3);
        assertThat(ids.all()).endsWith(100L);
    }

    /** An older version knows no origin and no run: its cursor is taken as it is, before and after its table is upgraded. */
    @Test
    void cursor_ofAnOlderVersion_isAdopted() throws Exception {
        database.sql("CREATE TABLE item (id bigint PRIMARY KEY)");
        recording(Outboxes.durable(database)).start().close();
        database.sql(
                "ALTER TABLE " + Outboxes.CURSOR + " DROP COLUMN origin, DROP COLUMN run",
                "INSERT INTO item VALUES (1)");
        try (Walwire walwire =
                recording(Outboxes.bare(database).slotName("reader")).start()) {
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        database.sql(
                "COMMENT ON FUNCTION walwire.walwire_capture() IS"
                        + " 'Walwire trigger source, application walwire in schema walwire, version 2'",
                "INSERT INTO item VALUES (2)");
        try (Walwire walwire = recording(Outboxes.durable(database)).start()) {
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(gaps.all()).isEmpty();
        assertThat(ids.all()).containsExactly(1L, 2L);
        assertThat(database.queryString("SELECT origin FROM " + Outboxes.CURSOR))
                .contains(database.queryString("SELECT system_identifier FROM pg_control_system()"));
        assertThat(database.queryString("SELECT run FROM " + Outboxes.CURSOR)).isNotEmpty();
    }

    @Test
    void temporary_ofAGivenName_isOneReadersAtATime() throws Exception {
        database.sql("CREATE TABLE item (id bigint PRIMARY KEY)");
        try (Walwire one = recording(Outboxes.durable(database).set("walwire.slot.durable", "false"))
                        .start();
                Walwire other = Outboxes.durable(database)
                        .set("walwire.slot.durable", "false")
                        .start()) {
            assertThat(one.state()).isEqualTo(State.STREAMING);
            assertThat(other.state()).isEqualTo(State.STANDBY);
        }
    }

    /** The server loses a commit that waited for no disk, and gives its transaction's id to another one. */
    @Test
    void crash_idsGivenAgain_newChangesCome() throws Exception {
        try (PostgresServer server = PostgresServer.start(18, Map.of("wal_writer_delay", "10s"));
                TestDatabase lossy = TestDatabase.create(server)) {
            lossy.sql("CREATE TABLE item (id bigint PRIMARY KEY)");
            Link link = new Link(lossy);
            try (Walwire walwire = recording(
                            Outboxes.managed(link.builder(lossy)).slotName("reader"))
                    .start()) {
                lossy.sql("INSERT INTO item VALUES (1)");
                ids.await(1);
                Eventually.until(Items.LONG, () -> Outboxes.kept(lossy) == 0);
                Gate away = handledButNotWritten(lossy, link);
                server.startAgain();
                for (int id = 100; id < 120; id++) {
                    lossy.sql("INSERT INTO item VALUES (" + id + ")");
                }
                away.open();
                assertThat(walwire.awaitStreaming(Items.LONG)).isTrue();
                assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            }
        }
        assertThat(ids.all()).contains(100L, 101L, 102L, 103L, 110L, 119L);
    }

    private Gate handledButNotWritten(TestDatabase lossy, Link link) throws SQLException, InterruptedException {
        try (Connection locker = lossy.connect();
                Connection writer = lossy.connect();
                Statement lock = locker.createStatement();
                Statement write = writer.createStatement()) {
            locker.setAutoCommit(false);
            lock.execute("LOCK TABLE " + Outboxes.CURSOR + " IN SHARE MODE");
            write.execute("SET synchronous_commit = off");
            write.execute("INSERT INTO item VALUES (2)");
            write.execute("INSERT INTO item VALUES (3)");
            ids.await(3);
            Gate away = link.hold();
            lossy.server().stopImmediately();
            return away;
        }
    }
}
