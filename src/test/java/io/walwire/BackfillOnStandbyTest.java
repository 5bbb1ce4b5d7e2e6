package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A durable slot on a standby, whose database has what the primary keeps of backfills: without a checkpoint elsewhere nothing is read, and
 * nothing is disturbed.
 */
class BackfillOnStandbyTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String REFUSED = "the stream comes from a durable slot of a standby";

    private static WalwireBuilder instance(PostgresServer standby, TestDatabase database) {
        return Walwire.builder()
                .url(standby.url(database.name()))
                .publication("events")
                .slotName(Instances.slot(database))
                .set("walwire.start.wait", "60s");
    }

    /** A slot of a standby waits for what the primary logs of its transactions. */
    private static Walwire start(WalwireBuilder builder, TestDatabase primary) throws Exception {
        CompletableFuture<Walwire> starting =
                CompletableFuture.supplyAsync(builder::start, task -> new Thread(task, "starter").start());
        Eventually.until(LONG, () -> {
            primary.query("SELECT pg_log_standby_snapshot()");
            return starting.isDone();
        });
        return starting.get(180, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 18})
    void stream_goesOn_andBackfillsAreRefused_untilTheStandbyIsThePrimary(int version) throws Exception {
        try (PostgresServer primary = PostgresServer.start(version, Map.of());
                TestDatabase database = TestDatabase.create(primary)) {
            ExistingItems.create(database);
            ExistingItems.createProgress(database);
            ExistingItems.request(database, "running", Map.of("state", "running"));
            ExistingItems.request(database, "requested", Map.of("condition_sql", "id <= 10"));
            try (LogLines log = new LogLines();
                    PostgresServer standby = primary.startStandby("standby")) {
                TableCopy copy = new TableCopy("item");
                try (Walwire walwire = start(instance(standby, database).handler("items", copy), database)) {
                    log.await("WARN", "does not continue backfills", REFUSED, "stream from the primary");
                    database.sql("INSERT INTO item VALUES (100000, 1, 'new')");
                    Eventually.until(LONG, () -> copy.rows.containsKey("100000"));
                    assertThat(instance(standby, database)
                                    .set("walwire.backfill", "new")
                                    .check())
                            .filteredOn(finding -> finding.where().equals("walwire.backfill"))
                            .singleElement()
                            .satisfies(finding -> assertThat(finding.what()).contains("standby", "from the primary"));
                    assertThatThrownBy(() -> walwire.backfill("item").start())
                            .isInstanceOf(WalwireException.class)
                            .hasMessageContaining(REFUSED);
                    database.query("SELECT pg_sleep(3)"); // some looks
                    assertThat(log.with(REFUSED)).hasSize(1);
                    assertThat(log.with("read-only")).isEmpty();
                    assertThat(copy.reads).hasValue(0);
                    standby.promote();
                    terminateWalsenders(standby, database);
                    Eventually.until(LONG, () -> states(standby, database).equals("done,done"));
                    assertThat(walwire.awaitCurrent(LONG)).isTrue();
                    assertThat(copy.rows).hasSize(ExistingItems.ROWS + 1);
                }
            }
        }
    }

    private static void terminateWalsenders(PostgresServer server, TestDatabase database) throws Exception {
        try (var connection = server.connect(database.name());
                var statement = connection.createStatement()) {
            statement.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND backend_type = 'walsender'");
        }
    }

    private static String states(PostgresServer server, TestDatabase database) throws Exception {
        try (var connection = server.connect(database.name());
                var statement = connection.createStatement();
                var row =
                        statement.executeQuery("SELECT string_agg(state, ',') FROM walwire_backfill WHERE leaf = 0")) {
            row.next();
            return row.getString(1);
        }
    }

    /** Nothing can be written on a standby: neither that runs begin again, nor anything else. */
    @Test
    void newTables_endTheInstance_withOneMessage_andAGapEndsNone() throws Exception {
        try (PostgresServer primary = PostgresServer.start(18, Map.of());
                TestDatabase database = TestDatabase.create(primary)) {
            ExistingItems.create(database);
            ExistingItems.createProgress(database);
            try (PostgresServer standby = primary.startStandby("standby")) {
                WalwireBuilder automatic = instance(standby, database)
                        .set("walwire.backfill", "new")
                        .handler("items", new TableCopy("item"));
                try (Walwire walwire = start(automatic, database)) {
                    assertThatThrownBy(() -> walwire.awaitTermination(LONG)).hasMessageContaining(REFUSED);
                }
                Recorder<String> inserted = new Recorder<>();
                WalwireBuilder plain = instance(standby, database)
                        .set("walwire.slot.lost", "recreate")
                        .handler("items", on -> on.table("item")
                                .onInsert(event ->
                                        inserted.add(String.valueOf(event.row().text("id")))));
                try (Walwire walwire = start(plain, database);
                        var connection = standby.connect(database.name());
                        var statement = connection.createStatement()) {
                    String slot = Instances.slot(database);
                    statement.execute("DO $$BEGIN FOR i IN 1..1000 LOOP PERFORM pg_terminate_backend(active_pid, 1000)"
                            + " FROM pg_replication_slots WHERE slot_name = '" + slot + "'; BEGIN"
                            + " PERFORM pg_drop_replication_slot('" + slot + "'); EXIT;"
                            + " EXCEPTION WHEN object_in_use THEN NULL; END; END LOOP; END$$");
                    Eventually.until(LONG, () -> {
                        database.query("SELECT pg_log_standby_snapshot()");
                        return walwire.status().reconnects() > 0 && walwire.awaitStreaming(Duration.ofMillis(100));
                    });
                    database.sql("INSERT INTO item VALUES (100000, 1, 'new')");
                    Eventually.until(LONG, () -> inserted.all().contains("100000"));
                    assertThat(walwire.state().isFinal()).isFalse();
                }
            }
        }
    }

    /** Its row is in the checkpoint's database, which can be written; here that is the primary's. */
    @Test
    void request_besideACheckpoint_isTakenUp() throws Exception {
        try (PostgresServer primary = PostgresServer.start(18, Map.of());
                TestDatabase database = TestDatabase.create(primary)) {
            ExistingItems.create(database);
            ExistingItems.createProgress(database);
            Ledger.create(database);
            TableCopy copy = new TableCopy("item");
            JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LetterBox.source(database), "copy");
            try (PostgresServer standby = primary.startStandby("standby");
                    Walwire walwire = start(
                            instance(standby, database).checkpoint(checkpoint).handler("items", copy), database)) {
                ExistingItems.request(database, "asked", Map.of());
                // two seconds are promised; a slow machine may take more, but less than RequestThread.REST
                Eventually.within(Duration.ofSeconds(25), () -> !ExistingItems.state(database, "asked")
                        .equals("requested"));
                ExistingItems.awaitState(database, "asked", "done");
                assertThat(walwire.state().isFinal()).isFalse();
                assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
            }
        }
    }
}
