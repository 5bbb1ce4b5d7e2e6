package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PostgreSQL 18 leaves out changes before and after what it sends, while a publication does not exist. */
class LeftOutAroundTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(18));

    private final Recorder<Gap> gaps = new Recorder<>();
    private String slot = "";

    @BeforeEach
    void tables() throws SQLException {
        slot = database.unique("s");
        Items.create(database);
        database.createSlot(slot);
    }

    /** Another publication's changes come while one does not exist; PostgreSQL warns once for all that it leaves out. */
    @Test
    void leftOutAroundAnotherPublicationsChange_gapsReachToWhereThePublicationIsThereAgain() throws Exception {
        database.sql("CREATE TABLE other (id bigint)", "CREATE PUBLICATION others FOR TABLE other");
        database.query("SELECT pg_replication_slot_advance(?::name, pg_current_wal_lsn())", slot);
        database.sql("DROP PUBLICATION events");
        Items.insert(database, 1);
        database.sql("INSERT INTO other VALUES (1)");
        Items.insert(database, 2);
        Lsn last = Items.currentLsn(database);
        database.sql("CREATE PUBLICATION events FOR TABLE item");
        Items.insert(database, 3);
        Recorder<String> order = new Recorder<>();
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events", "others")
                .slotName(slot)
                .handler(on -> {
                    on.table("item").onInsert(event -> order.add(String.valueOf(Items.id(event))));
                    on.table("other").onInsert(event -> order.add("other"));
                    on.onGap(event -> {
                        gaps.add(event.gap());
                        order.add("gap");
                    });
                })
                .start()) {
            assertThat(gaps.await(2)).last().satisfies(gap -> assertThat(gap.to())
                    .isGreaterThanOrEqualTo(last));
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(order.all()).startsWith("gap", "other").contains("3").hasSize(4);
    }

    /** PostgreSQL sends a transaction for its messages alone, also while the publication does not exist. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO item VALUES (1); COMMIT; SELECT pg_logical_emit_message(true, 'p', 'm')",
                "SELECT pg_logical_emit_message(true, 'p', 'm'); INSERT INTO item VALUES (1)"
            })
    void leftOutAroundAMessage_gapsReachToWhereThePublicationIsThereAgain(String statements) throws Exception {
        Lsn last = leftOutAround(statements);
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .handler(on -> on.onGap(event -> gaps.add(event.gap())))
                .start()) {
            assertThat(gaps.await(2)).last().satisfies(gap -> assertThat(gap.to())
                    .isGreaterThanOrEqualTo(last));
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(gaps.all()).hasSize(2);
        assertThat(gaps.all().get(0).to()).isEqualTo(gaps.all().get(1).from());
    }

    /** Gives a position behind the last change that is left out. */
    private Lsn leftOutAround(String statements) throws SQLException {
        database.sql("DROP PUBLICATION events", "BEGIN; " + statements + "; COMMIT");
        Items.insert(database, 2);
        Lsn last = Items.currentLsn(database);
        database.sql("CREATE PUBLICATION events FOR TABLE item");
        Items.insert(database, 3);
        return last;
    }

    /** What lies between the two gaps is confirmed. */
    @Test
    void leftOutBehindAMessage_instanceEndsBeforeTheSecondGap_comesAfterTheNextStart() throws Exception {
        Lsn last = leftOutAround("INSERT INTO item VALUES (1); COMMIT; SELECT pg_logical_emit_message(true, 'p', 'm')");
        AtomicBoolean fails = new AtomicBoolean(true);
        WalwireBuilder reader = Items.reader(database)
                .slotName(slot)
                .failurePolicy(FailurePolicy.stop())
                .handler(on -> on.onGap(event -> {
                    if (!gaps.all().isEmpty() && fails.getAndSet(false)) {
                        throw new IOException("not yet");
                    }
                    gaps.add(event.gap());
                }));
        assertThatThrownBy(() -> {
                    try (Walwire walwire = reader.start()) {
                        walwire.awaitTermination();
                    }
                })
                .isInstanceOf(WalwireException.class);
        assertThat(gaps.all()).hasSize(1);
        Eventually.satisfied(
                Items.LONG, () -> assertThat(Items.confirmed(database, slot)).isGreaterThan(last));
        try (Walwire walwire = reader.start()) {
            assertThat(gaps.await(2).get(1).from()).isEqualTo(gaps.all().get(0).to());
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
    }

    /** Nothing of what lies before the gap is confirmed when the connection is lost. */
    @Test
    void leftOutAtRest_connectionIsLostWhileTheGapIsHandled_gapComesOnce_aLaterOneComesToo() throws Exception {
        leftOut(1);
        Recorder<Long> ids = new Recorder<>();
        Gate gate = new Gate();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .handler(on -> {
                    on.table("item").onInsert(event -> ids.add(Items.id(event)));
                    on.onGap(event -> {
                        gate.pass();
                        gaps.add(event.gap());
                    });
                })
                .start()) {
            gate.awaitReached();
            database.sql("INSERT INTO unpublished VALUES ('moves the position on')");
            database.query("SELECT pg_terminate_backend(?)", Items.backend(database, slot));
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            Items.insert(database, 2);
            gate.open();
            ids.await(1);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(gaps.all()).hasSize(1);
            Lsn later = leftOut(3);
            assertThat(gaps.await(2).get(1).from())
                    .isGreaterThanOrEqualTo(gaps.all().get(0).to());
            assertThat(gaps.all().get(1).to()).isGreaterThanOrEqualTo(later);
        }
        assertThat(ids.all()).containsExactly(2L);
    }

    /** In one transaction, so that a running instance finds the publication. Gives a position behind it. */
    private Lsn leftOut(long id) throws SQLException {
        database.sql("BEGIN; DROP PUBLICATION events; INSERT INTO item VALUES (" + id
                + "); CREATE PUBLICATION events FOR TABLE item; COMMIT");
        return Items.currentLsn(database);
    }
}
