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
        return builder.handler(Items.ids(ids))
                .handler(on -> on.gap(event -> gaps.add(Objects.requireNonNull(event.gap()))));
    }

    private static WalwireBuilder failing(WalwireBuilder builder) {
        return builder.failurePolicy(FailurePolicy.stop())
                .handler(on -> on.gap(gap -> {
                    throw new IOException("cannot be told");
                }));
    }

    @Test
    void expired_handlersNotTold_nextStartTellsThem_once() throws Exception {
        database.sql("CREATE TABLE item (id bigint PRIMARY KEY)");
        recording(Outboxes.durable(database)).start().close();
        String position = database.queryOne(String.class, "SELECT position::text FROM " + Outboxes.CURSOR);
        Outboxes.abandon(database);
        try (Walwire walwire = failing(Outboxes.durable(database)).start()) {
            BrokenForGoodTest.assertFails(walwire, ErrorCode.HANDLER, "cannot be told");
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
    void restoredFromAnotherServersDump_everyConsumerIsTold() throws Exception {
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
