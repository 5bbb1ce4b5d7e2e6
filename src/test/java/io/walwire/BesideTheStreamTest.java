package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import io.walwire.event.Row;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Plain connections of an instance that fail, or are not to be had, while its stream is in order. */
@ParameterizedClass
@ValueSource(ints = {14, 16, 18})
class BesideTheStreamTest {
    private static final String SECRET = "in-the-vault";
    private static final String NEXT_SECRET = "in-the-next-vault";

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<Long> keys = new Recorder<>();
    private final Gate slow = new Gate();
    private String role = "";

    /** A role of its own, whose connections can be counted and limited; a temporary slot, which a lost stream would empty. */
    private WalwireBuilder reader() throws SQLException {
        Items.create(database);
        database.sql("DROP PUBLICATION events", "CREATE PUBLICATION events FOR ALL TABLES");
        role = database.role("LOGIN REPLICATION PASSWORD '" + SECRET + "'");
        return Walwire.builder()
                .url("postgresql://" + database.server().host() + ":"
                        + database.server().port() + "/" + database.name())
                .credentials(() -> new Credentials(role, SECRET))
                .publication("events")
                .name("beside")
                .handler(on -> on.allTables().onChange(event -> {
                    if (event.source().table().equals("item")) {
                        slow.pass();
                    }
                    // of the late tables only the catalog knows the key and the type
                    Row key = Objects.requireNonNull(Typed.row(event).key());
                    keys.add(Objects.requireNonNull(key.getLong("id")));
                }));
    }

    /** As many tables as given, of a type that has to be looked up, and a row each. */
    private void newTable(String table) throws SQLException {
        database.sql(
                "CREATE TYPE " + table + "_mood AS ENUM ('glad')",
                "CREATE TABLE " + table + " (id bigint PRIMARY KEY, mood " + table + "_mood)",
                "ALTER TABLE " + table + " REPLICA IDENTITY FULL",
                "INSERT INTO " + table + " VALUES (7, 'glad')");
    }

    private long plainConnections() throws SQLException {
        return database.queryLong(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = ? AND backend_type = 'client backend'", role);
    }

    /** A slow handler has the server watched meanwhile, by a plain connection that takes the only place. */
    @Test
    void oneConnectionIsAllowed_watchedServer_newTable_streamGoesOn() throws Exception {
        // before 18 the walsender counts, too
        try (Walwire walwire = reader().start()) {
            database.sql("ALTER ROLE " + role + " CONNECTION LIMIT " + (version >= 18 ? 1 : 2));
            Items.insert(database, 1);
            slow.awaitReached();
            Eventually.until(Items.LONG, () -> plainConnections() == 1);
            newTable("late");
            slow.open();
            assertThat(keys.await(2)).containsExactly(1L, 7L);
            assertUndisturbed(walwire);
        }
    }

    @Test
    void noConnectionIsToBeHad_newTable_streamWaitsAndLives() throws Exception {
        WalwireBuilder reader = reader();
        database.sql("ALTER ROLE " + role + " SET wal_sender_timeout = '10s'");
        try (Walwire walwire = reader.start()) {
            database.sql("ALTER ROLE " + role + " CONNECTION LIMIT 0");
            newTable("late");
            Eventually.until(Items.LONG, () -> String.valueOf(walwire.status().lastError())
                    .contains("53300"));
            slow.open();
            // longer than the server waits for a sign of life
            database.query("SELECT pg_sleep(15)");
            assertThat(keys.all()).isEmpty();
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
            database.sql("ALTER ROLE " + role + " CONNECTION LIMIT -1");
            assertThat(keys.await(1)).containsExactly(7L);
            assertUndisturbed(walwire);
        }
    }

    @Test
    void plainConnectionsAreEnded_whileAHandlerIsBusy_streamGoesOn() throws Exception {
        try (Walwire walwire = reader().start()) {
            Items.insert(database, 1);
            slow.awaitReached();
            Eventually.until(Items.LONG, () -> plainConnections() == 1);
            database.sql("ALTER ROLE " + role + " CONNECTION LIMIT 0");
            database.query(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                            + " WHERE usename = ? AND backend_type = 'client backend'",
                    role);
            newTable("late");
            Eventually.until(Items.LONG, () -> String.valueOf(walwire.status().lastError())
                    .contains("53300"));
            assertThat(walwire.state()).as("the server does not shut down").isEqualTo(State.STREAMING);
            database.sql("ALTER ROLE " + role + " CONNECTION LIMIT -1");
            slow.open();
            assertThat(keys.await(2)).containsExactly(1L, 7L);
            assertUndisturbed(walwire);
        }
    }

    /** The server knows the new password a moment before the application does. */
    @Test
    void passwordIsChanged_newTable_streamWaitsForTheNewOne() throws Exception {
        WalwireBuilder reader = reader();
        Link link = new Link(new Credentials(role, SECRET));
        slow.open();
        try (Walwire walwire = reader.credentials(link).start()) {
            changePassword();
            newTable("late");
            awaitRefused(walwire);
            link.change(new Credentials(role, NEXT_SECRET));
            assertThat(keys.await(1)).containsExactly(7L);
            assertUndisturbed(walwire);
        }
    }

    @Test
    void passwordIsChanged_visibleAlone_streamWaitsForTheNewOne() throws Exception {
        WalwireBuilder reader = reader().set("walwire.visible", "true");
        Link link = new Link(new Credentials(role, SECRET));
        slow.open();
        try (Walwire walwire = reader.credentials(link).start()) {
            Items.insert(database, 1);
            keys.await(1);
            changePassword();
            Items.insert(database, 2);
            awaitRefused(walwire);
            assertThat(keys.all()).containsExactly(1L);
            link.change(new Credentials(role, NEXT_SECRET));
            assertThat(keys.await(2)).containsExactly(1L, 2L);
            assertUndisturbed(walwire);
        }
    }

    /** When no plain connection is left that was opened with the old one. */
    private void changePassword() throws SQLException {
        database.server().requirePassword(role);
        Eventually.until(Items.LONG, () -> plainConnections() == 0);
        database.sql("ALTER ROLE " + role + " PASSWORD '" + NEXT_SECRET + "'");
    }

    private static void awaitRefused(Walwire walwire) {
        Eventually.until(
                Items.LONG, () -> String.valueOf(walwire.status().lastError()).contains("28P01"));
        assertThat(walwire.state()).isEqualTo(State.STREAMING);
    }

    @Test
    void close_whileTheCatalogCannotBeAsked_isPrompt() throws Exception {
        Walwire walwire = reader().closeTimeout(Duration.ofMinutes(5)).start();
        database.sql("ALTER ROLE " + role + " CONNECTION LIMIT 0");
        newTable("late");
        Eventually.until(
                Items.LONG, () -> String.valueOf(walwire.status().lastError()).contains("53300"));
        long began = System.nanoTime();
        walwire.close();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMinutes(2));
        assertThat(walwire.state()).isEqualTo(State.STOPPED);
    }

    /** The driver reports the end of the connection alone. */
    @Test
    void streamIsEndedByAnAdministrator_theServersWordsAreShown() throws Exception {
        requireWordsOfAnAdministrator(reader(), new Credentials(role, SECRET), database::terminateWalsenders);
    }

    /** Ends the stream of a reader, and looks at what it says before it connects again. */
    static void requireWordsOfAnAdministrator(
            WalwireBuilder reader, Credentials credentials, Callable<Integer> terminate) throws Exception {
        Gate away = new Gate();
        AtomicBoolean hold = new AtomicBoolean();
        try (Walwire walwire = reader.credentials(() -> {
                    if (hold.getAndSet(false)) {
                        away.passUninterrupted();
                    }
                    return credentials;
                })
                .start()) {
            hold.set(true);
            assertThat(terminate.call()).isPositive();
            away.awaitReached();
            assertThat(walwire.status().lastError())
                    .contains("terminating connection due to administrator command", "57P01")
                    .doesNotContain("Is the server running");
            away.open();
            assertThat(walwire.awaitStreaming(Items.LONG)).isTrue();
        }
    }

    /** Each partition is described with its root, which the catalog is asked about once. */
    @Test
    void manyPartitionsOfOneRoot_inOneTransaction_areOneQuestion() throws Exception {
        WalwireBuilder reader = reader();
        int partitions = 100;
        database.sql(
                "DROP PUBLICATION events",
                "CREATE TABLE measure (id bigint, PRIMARY KEY (id)) PARTITION BY RANGE (id)",
                "ALTER TABLE measure REPLICA IDENTITY FULL",
                "DO $$ BEGIN FOR i IN 0.." + (partitions - 1)
                        + " LOOP EXECUTE format('CREATE TABLE measure_%s PARTITION OF measure FOR VALUES FROM (%s) TO (%s)',"
                        + " i, i, i + 1); EXECUTE format('ALTER TABLE measure_%s REPLICA IDENTITY FULL', i); END LOOP; END $$",
                "CREATE PUBLICATION events FOR TABLE measure WITH (publish_via_partition_root = true)");
        List<String> asked;
        try (CatalogLooks looks = new CatalogLooks();
                Walwire walwire = reader.start()) {
            database.sql("INSERT INTO measure SELECT generate_series(0, " + (partitions - 1) + ")");
            assertThat(keys.await(partitions)).hasSize(partitions);
            assertUndisturbed(walwire);
            asked = looks.all();
        }
        assertThat(asked).containsExactly("The catalog is asked about public.measure");
    }

    private static void assertUndisturbed(Walwire walwire) {
        assertThat(walwire.status().reconnects()).isZero();
        assertThat(walwire.state()).isEqualTo(State.STREAMING);
    }
}
