package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.lifecycle.State;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of a table and a type that their own transaction makes, whose commit other sessions do not see for a while. */
@ParameterizedClass
@CsvSource({"14, on", "18, off", "18, parallel", "18, two-phase"})
class DefinedByTheTransactionTest {
    private static final String NAME = "definer";

    /** Waits for a standby that does not exist, which tests of others could not bear. */
    private static final AtomicReference<PostgresServer> STARTED = new AtomicReference<>();

    @Parameter(0)
    int version;

    /** How the server sends the transaction before it is visible. */
    @Parameter(1)
    String mode = "";

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(this::server);

    private final Recorder<String> rows = new Recorder<>();

    private PostgresServer server() {
        PostgresServer running = STARTED.get();
        if (running == null || running.version() != version) {
            stop();
            running = PostgresServer.start(version, Map.of("logical_decoding_work_mem", "64kB"));
            STARTED.set(running);
        }
        return running;
    }

    @AfterAll
    static void stop() {
        PostgresServer running = STARTED.getAndSet(null);
        if (running != null) {
            running.close();
        }
    }

    @AfterEach
    void withoutStandby() throws SQLException {
        MissingStandby.releaseCommits(database);
    }

    private WalwireBuilder reader() throws SQLException {
        Items.create(database);
        database.sql("DROP PUBLICATION events", "CREATE PUBLICATION events FOR ALL TABLES");
        // the server waits for no sign of life for long
        database.sql("ALTER DATABASE " + database.name() + " SET wal_sender_timeout = '10s'");
        return Items.reader(database)
                .name(NAME)
                .set("walwire.streaming", isTwoPhase() ? "off" : mode)
                .set("walwire.two-phase", Boolean.toString(isTwoPhase()))
                .handler(on -> on.allTables().onChange(event -> rows.add(line(event))));
    }

    private boolean isTwoPhase() {
        return mode.equals("two-phase");
    }

    private static String line(Event event) {
        return event.source().columns().get("moods") + " "
                + Objects.requireNonNull(Typed.row(event).afterRow()).get("moods") + " "
                + Objects.requireNonNull(Typed.row(event).key()).getLong("id");
    }

    /** Where the transaction is prepared, the standby is there for that, and missing for the commit. */
    private CompletableFuture<Void> commitWithoutStandby(String... statements) throws SQLException {
        String prepared = "'" + database.unique("prepared") + "'";
        if (isTwoPhase()) {
            database.inTransaction(Stream.concat(Stream.of(statements), Stream.of("PREPARE TRANSACTION " + prepared))
                    .toArray(String[]::new));
        }
        MissingStandby.holdCommits(database);
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        if (isTwoPhase()) {
                            database.sql("COMMIT PREPARED " + prepared);
                        } else {
                            database.inTransaction(statements);
                        }
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> new Thread(task, "committer").start());
    }

    @Test
    void typeAndTable_commitWaitsForAStandby_areKnownWhenItIsVisible() throws Exception {
        try (Walwire walwire = reader().start()) {
            CompletableFuture<Void> waiting = commitWithoutStandby(
                    "CREATE TYPE mood AS ENUM ('sad', 'glad')",
                    "CREATE TABLE person (id bigint PRIMARY KEY, moods mood[], filler text)",
                    "ALTER TABLE person REPLICA IDENTITY FULL",
                    // enough to be streamed before the commit
                    "INSERT INTO person SELECT i, '{glad,sad}', repeat('x', 1000) FROM generate_series(1, 200) i");
            InstanceThreads.awaitIn(NAME, "reader", "asked");
            // longer than the server waits for a sign of life
            database.query("SELECT pg_sleep(15)");
            assertThat(rows.all()).isEmpty();
            assertThat(waiting).isNotDone();
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
            MissingStandby.releaseCommits(database);
            waiting.get(180, TimeUnit.SECONDS);
            assertThat(rows.await(200)).first().isEqualTo("mood[] [glad, sad] 1");
            assertThat(walwire.status().reconnects()).isZero();
        }
    }

    /** Of a transaction that is not visible, each table is asked about by itself, and what it does not define is known. */
    @Test
    void manyKnownTables_commitWaitsForAStandby_areDelivered() throws Exception {
        WalwireBuilder reader = reader();
        int tables = 20;
        database.sql("CREATE TYPE mood AS ENUM ('sad', 'glad')");
        String[] inserts = new String[tables];
        for (int i = 0; i < tables; i++) {
            database.sql(
                    "CREATE TABLE person_" + i + " (id bigint PRIMARY KEY, moods mood[])",
                    "ALTER TABLE person_" + i + " REPLICA IDENTITY FULL");
            inserts[i] = "INSERT INTO person_" + i + " VALUES (" + i + ", '{glad}')";
        }
        try (Walwire walwire = reader.start()) {
            CompletableFuture<Void> waiting = commitWithoutStandby(inserts);
            assertThat(rows.await(tables))
                    .containsExactlyElementsOf(IntStream.range(0, tables)
                            .mapToObj(i -> "mood[] [glad] " + i)
                            .toList());
            assertThat(waiting).isNotDone();
            MissingStandby.releaseCommits(database);
            waiting.get(180, TimeUnit.SECONDS);
            assertThat(walwire.status().reconnects()).isZero();
        }
    }

    /** A table that the transaction does not define is known, and nothing waits. */
    @Test
    void knownTable_commitWaitsForAStandby_isDelivered() throws Exception {
        WalwireBuilder reader = reader();
        database.sql(
                "CREATE TYPE mood AS ENUM ('sad', 'glad')",
                "CREATE TABLE person (id bigint PRIMARY KEY, moods mood[])",
                "ALTER TABLE person REPLICA IDENTITY FULL");
        try (Walwire walwire = reader.start()) {
            CompletableFuture<Void> waiting = commitWithoutStandby("INSERT INTO person VALUES (5, '{sad}')");
            assertThat(rows.await(1)).containsExactly("mood[] [sad] 5");
            assertThat(waiting).isNotDone();
            MissingStandby.releaseCommits(database);
            waiting.get(180, TimeUnit.SECONDS);
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
    }

    /** Nobody locks the table for that. */
    @Test
    void typeThatIsRenamed_commitWaitsForAStandby_hasItsNewName() throws Exception {
        WalwireBuilder reader = reader();
        database.sql(
                "CREATE TYPE mood AS ENUM ('sad', 'glad')",
                "CREATE DOMAIN moods AS mood[]",
                "CREATE TABLE person (id bigint PRIMARY KEY, moods mood[], more moods)");
        assertComesWhenVisible(
                reader,
                "humour[] [sad] 5",
                "ALTER TYPE mood RENAME TO humour",
                "INSERT INTO person VALUES (5, '{sad}', '{sad}')");
    }

    private void assertComesWhenVisible(WalwireBuilder reader, String row, String... statements) throws Exception {
        try (Walwire walwire = reader.start()) {
            CompletableFuture<Void> waiting = commitWithoutStandby(statements);
            InstanceThreads.awaitIn(NAME, "reader", "asked");
            MissingStandby.releaseCommits(database);
            waiting.get(180, TimeUnit.SECONDS);
            assertThat(rows.await(1)).containsExactly(row);
            assertThat(walwire.status().reconnects()).isZero();
        }
    }

    /** Under FULL the stream does not describe the key, which the transaction has just made. */
    @Test
    void keyOfAKnownTable_commitWaitsForAStandby_isTheNewOne() throws Exception {
        WalwireBuilder reader = reader();
        database.sql(
                "CREATE TABLE person (id bigint NOT NULL, moods text)", "ALTER TABLE person REPLICA IDENTITY FULL");
        assertComesWhenVisible(
                reader,
                "text sad 9",
                "ALTER TABLE person ADD PRIMARY KEY (id)",
                "INSERT INTO person VALUES (9, 'sad')");
    }
}
