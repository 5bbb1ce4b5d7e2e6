package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Severity;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.WatchEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever settings a role or a database has, everything works, and values are the same to the last byte. */
class HostileSettingsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    private static final String VALUES = "interval '1 day -2:03:04.5', '\\x00ff27'::bytea, 0.1::float8 + 0.2::float8,"
            + " timestamptz '2024-05-06 07:08:09.123+02', date '2024-05-06', money '-1234.50', '\"Odd\"'::regclass,"
            + " '<a>1</a><b/>'::xml, ARRAY[interval '2 mons'], 'e with accent: é'";

    private final Recorder<String> expected = new Recorder<>();
    private final Recorder<String> streamed = new Recorder<>();
    private final Recorder<String> captured = new Recorder<>();
    private final Recorder<String> read = new Recorder<>();
    private final Recorder<WatchEvent> watched = new Recorder<>();
    private final Gate gate = new Gate();

    private static void create(TestDatabase database) throws Exception {
        database.sql(
                "CREATE TABLE \"Odd\" (id int)",
                "CREATE TABLE thing (id int PRIMARY KEY, i interval, b bytea, f float8, t timestamptz, d date, m money,"
                        + " c regclass, x xml, a interval[], s text)",
                "ALTER TABLE thing REPLICA IDENTITY FULL",
                "CREATE TABLE filler (id int PRIMARY KEY, s text)",
                "CREATE PUBLICATION reference FOR TABLE thing");
        database.sql(Files.readString(Path.of("sql/backfill.sql")));
        Ledger.create(database);
        LetterBox.createTable(database);
    }

    private static void insert(TestDatabase database, int id) throws SQLException {
        database.sql("INSERT INTO thing VALUES (" + id + ", " + VALUES + ")");
    }

    private static int id(RowEvent<Row> event) {
        return Objects.requireNonNull(event.row().getInt("id"));
    }

    private static String text(RowEvent<Row> event) {
        Row old = event.beforeRow();
        return Objects.requireNonNull(event.afterRow()).toJson() + " " + (old == null ? "" : old.toJson());
    }

    private EventHandler reading() {
        return on -> on.table("thing").onRead(event -> read.add(event.row().toJson() + " "));
    }

    private static EventHandler recording(Recorder<String> into) {
        return on -> on.table("thing").onInsert(event -> into.add(text(event)));
    }

    private static void afterTheTimeOuts(TestDatabase database) throws SQLException {
        database.query(HostileSettings.LONGER);
    }

    /** Letters go to the table, and what is written to the ledger is committed with the position. */
    private WalwireBuilder streaming(TestDatabase database, HostileSettings settings) {
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(settings.source(), "hostile");
        FailurePolicy letters = FailurePolicy.deadLetter(DeadLetters.table(settings.source()));
        return settings.instance()
                .name("streaming")
                .publication("events")
                .slotName(database.unique("hostile"))
                .set("walwire.publication.manage", "true")
                .set("walwire.subscriptions", "thing,filler")
                .set("walwire.buffer", "1MiB")
                .checkpoint(checkpoint)
                .handler(recording(streamed))
                .handler(reading())
                .handler(on -> on.table("thing").onInsert(event -> {
                    if (id(event) == 2) {
                        gate.pass();
                    }
                    Ledger.enter(checkpoint, "thing", "" + id(event));
                }))
                .handler(
                        "letters",
                        on -> on.table("thing").onInsert(event -> {
                            if (id(event) == 3) {
                                throw new IllegalStateException("no");
                            }
                        }),
                        letters);
    }

    /** Within it the slot waits for a transaction that lasts longer than the time-outs. */
    private static Walwire startBehindATransaction(TestDatabase database, WalwireBuilder builder) throws Exception {
        try (Connection writing = database.connect();
                Statement statement = writing.createStatement()) {
            writing.setAutoCommit(false);
            statement.execute("INSERT INTO filler VALUES (0, 'before')");
            CompletableFuture<Walwire> starting = new CompletableFuture<>();
            new Thread(
                            () -> {
                                try {
                                    starting.complete(builder.start());
                                } catch (Throwable e) {
                                    starting.completeExceptionally(e);
                                }
                            },
                            "starter")
                    .start();
            Eventually.until(
                    LONG,
                    () -> starting.isDone()
                            || !database.query("SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                                            + " AND application_name = 'streaming' AND wait_event_type = 'Lock'")
                                    .isEmpty());
            afterTheTimeOuts(database);
            writing.commit();
            return starting.get(180, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @CsvSource({"14,true,true", "15,false,true", "16,true,false", "17,false,true", "18,true,true"})
    void everything_underHostileSettings(int version, boolean ofRole, boolean ofDatabase) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            create(database);
            HostileSettings settings = HostileSettings.role(database);
            settings.own("thing", "filler", "walwire_checkpoint", "ledger", "walwire_dead_letter", "walwire_backfill");
            try (Walwire reference = Walwire.builder()
                    .url(database.url())
                    .publication("reference")
                    .handler(recording(expected))
                    .start()) {
                if (ofRole) {
                    settings.ofRole();
                }
                if (ofDatabase) {
                    settings.ofDatabase();
                }
                run(database, settings);
                assertThat(reference.state().isFinal()).isFalse();
            }
        }
    }

    private void run(TestDatabase database, HostileSettings settings) throws Exception {
        try (Walwire walwire = startBehindATransaction(database, streaming(database, settings));
                Walwire triggers = Outboxes.managed(settings.instance().name("triggers"))
                        .set("walwire.subscriptions", "thing")
                        .handler(recording(captured))
                        .start()) {
            walwire.watch("thing").subscribe(Runnable::run, watched::add);
            insert(database, 1);
            streamed.await(1, LONG);
            holdTheHandler(database);
            assertThat(walwire.status().reconnects()).isZero();
            assertThat(triggers.status().reconnects()).isZero();
            assertThat(walwire.check()).noneMatch(found -> found.severity() == Severity.ERROR);
            assertThat(triggers.check()).noneMatch(found -> found.severity() == Severity.ERROR);
            cut(database, "application_name = 'streaming' AND backend_type = 'walsender'");
            cut(database, "application_name LIKE 'triggers%'");
            insert(database, 3);
            insert(database, 4);
            List<String> values = expected.await(4, LONG);
            assertThat(streamed.await(4, LONG)).isEqualTo(values);
            assertThat(captured.await(4, LONG)).isEqualTo(values);
            assertThat(values.get(0)).contains("0.30000000000000004", "public.\\\"Odd\\\"");
            watched.await(4, LONG);
            Eventually.until(LONG, () -> Ledger.entries(database)
                    .equals(List.of("thing: 1", "thing: 2", "thing: 3", "thing: 4")));
            assertThat(walwire.state().isFinal()).isFalse();
            assertThat(triggers.status().reconnects()).isPositive();
            readAgain(walwire, values);
        }
        replayLetters(settings);
    }

    /** Of the instance under test alone. */
    private static void cut(TestDatabase database, String which) throws SQLException {
        assertThat(database.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                        + " WHERE datname = current_database() AND " + which))
                .isNotEmpty();
    }

    /** The rows that are there are the same as when they were inserted. */
    private void readAgain(Walwire walwire, List<String> inserted) throws Exception {
        ExistingItems.await(walwire.backfill("thing").start());
        assertThat(read.await(4, LONG)).containsExactlyInAnyOrderElementsOf(inserted);
    }

    /** While the walsender cannot send, in the middle of a transaction, and every connection rests. */
    private void holdTheHandler(TestDatabase database) throws Exception {
        insert(database, 2);
        gate.awaitReached();
        database.sql("INSERT INTO filler SELECT n, repeat(n::text, 2000) FROM generate_series(1, 4000) n");
        afterTheTimeOuts(database);
        gate.open();
        streamed.await(2, LONG);
    }

    private static void replayLetters(HostileSettings settings) {
        DeadLetters letters = DeadLetters.table(settings.source());
        assertThat(LetterBox.all(letters)).singleElement().satisfies(letter -> assertThat(letter.table())
                .isEqualTo("public.thing"));
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 17, 18})
    void everything_onAStandby(int version) throws Exception {
        PostgresServer primary = PostgresServer.start(version, Map.of());
        try (primary;
                TestDatabase database = TestDatabase.create(primary)) {
            create(database);
            HostileSettings settings = HostileSettings.role(database);
            settings.own("thing", "walwire_checkpoint", "ledger", "walwire_dead_letter", "walwire_backfill");
            database.sql("CREATE PUBLICATION events FOR TABLE thing");
            settings.ofRole();
            settings.ofDatabase();
            try (PostgresServer standby = primary.startStandby("standby")) {
                String url = "postgresql://" + settings.role() + "@" + standby.host() + ":" + standby.port() + "/"
                        + database.name();
                stream(database, standby, Walwire.builder().url(url));
                stream(database, standby, kept(database, settings, url));
            }
            replayLetters(settings);
        }
    }

    /** A durable slot on the standby; what is written goes to the primary. */
    private WalwireBuilder kept(TestDatabase database, HostileSettings settings, String url) {
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(settings.source(), "standby");
        return Walwire.builder()
                .url(url)
                .slotName(database.unique("hostile"))
                .checkpoint(checkpoint)
                .handler(on -> on.table("thing").onInsert(event -> Ledger.enter(checkpoint, "thing", "" + id(event))))
                .handler(
                        "letters",
                        on -> on.table("thing").onInsert(event -> {
                            if (id(event) == 5) {
                                throw new IllegalStateException("no");
                            }
                        }),
                        FailurePolicy.deadLetter(DeadLetters.table(settings.source())));
    }

    /** Four rows, before and behind a lost connection. */
    private void stream(TestDatabase database, PostgresServer standby, WalwireBuilder builder) throws Exception {
        int before = streamed.all().size();
        builder.publication("events").handler(recording(streamed)).handler(reading());
        try (Walwire walwire = StandbyPair.start(database.server(), builder.set("walwire.start.wait", "60s"))) {
            walwire.watch("thing").subscribe(Runnable::run, watched::add);
            insert(database, before + 1);
            assertThat(streamed.await(before + 1, LONG).get(before)).contains("0.30000000000000004");
            standby.sql(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE backend_type = 'walsender'");
            Eventually.until(LONG, () -> {
                database.query("SELECT pg_log_standby_snapshot()"); // a temporary slot is made again
                return walwire.state() == State.STREAMING && walwire.status().reconnects() > 0;
            });
            for (int id = before + 2; id <= before + 4; id++) {
                insert(database, id);
            }
            streamed.await(before + 4, LONG);
            watched.await(before + 4, LONG);
            assertThat(walwire.check()).noneMatch(found -> found.severity() == Severity.ERROR);
        }
    }
}
