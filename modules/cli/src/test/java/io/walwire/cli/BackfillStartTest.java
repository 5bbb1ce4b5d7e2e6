package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.JdbcCheckpoint;
import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.cli.signal.Signals;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.replication.PGReplicationStream;

/** {@code walwire backfill start}: which instance takes a request up, wherever its progress is. */
class BackfillStartTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    /** Two seconds are promised. A slow machine may take more, but less than {@code RequestThread.REST}. */
    private static final Duration PROMPT = Duration.ofSeconds(25);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final AtomicInteger reads = new AtomicInteger();
    private String slot = "";

    @BeforeEach
    void tables() throws Exception {
        slot = database.unique("asked");
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "INSERT INTO item SELECT i, repeat('n', 100) FROM generate_series(1, 1000) i",
                "CREATE PUBLICATION events FOR TABLE item");
    }

    private int execute(String... arguments) {
        out.reset();
        err.reset();
        String[] all = Stream.of(List.of("backfill"), List.of(arguments), List.of("--url", database.url()))
                .flatMap(List::stream)
                .toArray(String[]::new);
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        return Main.commandLine(printed, errors, Map.of(), new Signals(), verbose -> {})
                .execute(all);
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private WalwireBuilder instance() {
        return Walwire.builder()
                .url(database.url())
                .publication("events")
                .slotName(slot)
                .handler("items", on -> on.table("item").onRead(event -> reads.incrementAndGet()));
    }

    private static void createProgress(TestDatabase kept) throws Exception {
        kept.sql(Files.readString(Path.of("sql/backfill.sql")));
    }

    private static JdbcCheckpoint checkpoint(TestDatabase kept) throws Exception {
        kept.sql(Files.readString(Path.of("sql/checkpoint.sql")));
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(kept.jdbcUrl());
        source.setUser(kept.user());
        source.setPassword(kept.password());
        return JdbcCheckpoint.of(source, "copy");
    }

    private static boolean isTakenUp(TestDatabase kept, int runs) throws SQLException {
        return kept.queryLong("SELECT count(*) FROM walwire_backfill WHERE leaf = 0 AND state <> 'requested'") == runs;
    }

    private static boolean isDone(TestDatabase kept) throws SQLException {
        return kept.queryLong("SELECT count(*) FROM walwire_backfill WHERE leaf = 0 AND state = 'done'") == 1;
    }

    @Test
    void request_withACheckpointInTheDatabaseThatIsRead_isTakenUp() throws Exception {
        createProgress(database);
        try (Walwire walwire = instance().checkpoint(checkpoint(database)).start()) {
            assertThat(execute("start", "item", "--slot", slot)).as(said()).isZero();
            Eventually.within(PROMPT, () -> isTakenUp(database, 1));
            Eventually.until(LONG, () -> isDone(database));
            assertThat(reads).hasValue(1000);
            assertThat(execute("start", "nothing", "--slot", slot)).as(said()).isZero();
            Eventually.within(PROMPT, () -> isTakenUp(database, 2));
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
    }

    @Test
    void request_withACheckpointOnAnotherServer_isTakenUp_listed_paused_cancelled() throws Exception {
        Semaphore go = new Semaphore(0);
        try (PostgresServer server = PostgresServer.start(Map.of());
                TestDatabase ledger = TestDatabase.create(server)) {
            createProgress(ledger);
            WalwireBuilder builder = instance()
                    .checkpoint(checkpoint(ledger))
                    .set("walwire.backfill.chunk", "8KiB")
                    .handler("slow", on -> on.table("item").onRead(event -> go.acquire()));
            try (Walwire walwire = builder.start()) {
                assertThat(execute("start", "item", "--slot", slot)).isEqualTo(1);
                assertThat(said()).contains("There is no table walwire_backfill", "JdbcCheckpoint", "--progress-url");
                String[] there = {"--slot", slot, "--progress-url", ledger.url()};
                assertThat(execute(with(there, "start", "item"))).as(said()).isZero();
                Eventually.within(PROMPT, () -> isTakenUp(ledger, 1));
                assertThat(execute(with(there, "list", "--json"))).as(said()).isZero();
                assertThat(printed()).contains("\"state\":\"running\",\"wanted\":\"running\",\"active\":true");
                assertThat(execute(with(there, "pause", "item"))).as(said()).isZero();
                go.release(1000);
                Eventually.until(
                        LONG,
                        () -> execute(with(there, "list")) == 0 && printed().startsWith("paused "));
                assertThat(execute(with(there, "resume", "item"))).as(said()).isZero();
                assertThat(execute(with(there, "cancel", "item"))).as(said()).isZero();
                go.release(1000);
                Eventually.until(
                        LONG,
                        () -> execute(with(there, "list")) == 0 && printed().startsWith("cancelled "));
                assertThat(walwire.state()).isEqualTo(State.STREAMING);
            }
            assertThat(execute("list", "--progress-url", ledger.url(), "--json"))
                    .as(said())
                    .isZero();
            assertThat(printed()).contains("\"active\":false");
        }
    }

    private static String[] with(String[] more, String... first) {
        return Stream.concat(Stream.of(first), Stream.of(more)).toArray(String[]::new);
    }

    /** What has the slot takes nothing up, so that the request is there when the instance takes over. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void instanceThatWaited_takesUpWhatWasAskedForMeanwhile(boolean withCheckpoint) throws Exception {
        createProgress(database);
        database.createSlot(slot);
        WalwireBuilder builder = withCheckpoint ? instance().checkpoint(checkpoint(database)) : instance();
        Properties replication = new Properties();
        PGProperty.USER.set(replication, database.user());
        PGProperty.PASSWORD.set(replication, database.password());
        PGProperty.REPLICATION.set(replication, "database");
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(replication, "14");
        PGProperty.PREFER_QUERY_MODE.set(replication, "simple");
        Connection other = DriverManager.getConnection(database.jdbcUrl(), replication);
        PGReplicationStream stream = other.unwrap(PGConnection.class)
                .getReplicationAPI()
                .replicationStream()
                .logical()
                .withSlotName(slot)
                .withSlotOption("proto_version", 1)
                .withSlotOption("publication_names", "events")
                .start();
        try (Walwire walwire = builder.start()) {
            assertThat(walwire.state()).isEqualTo(State.STANDBY);
            assertThat(execute("start", "item", "--slot", slot)).as(said()).isZero();
            assertThat(isTakenUp(database, 1)).isFalse();
            assertThat(execute("list")).isZero();
            assertThat(said()).contains("takes up a requested run within two seconds", "--progress-url");
            stream.close();
            other.close();
            Eventually.until(LONG, () -> walwire.state() == State.STREAMING);
            Eventually.within(PROMPT, () -> isTakenUp(database, 1));
            Eventually.until(LONG, () -> isDone(database));
            assertThat(reads).hasValue(1000);
        }
    }

    @Test
    void durableCursor_ofTriggers_isReadByTheInstanceThatReadsThere() throws Exception {
        createProgress(database);
        String[] triggers = {"--slot", "reader", "--set", "walwire.source=triggers"};
        WalwireBuilder builder =
                instance().slotName("reader").set("walwire.source", "triggers").set("walwire.triggers.manage", "true");
        try (Walwire walwire = builder.start()) {
            assertThat(execute("start", "item", "--slot", "reader")).isEqualTo(1);
            assertThat(said()).contains("There is no durable logical replication slot", "walwire.source=triggers");
            assertThat(execute("start", "item", "--slot", "none", "--set", "walwire.source=triggers"))
                    .isEqualTo(1);
            assertThat(said()).contains("There is no durable cursor \"none\"", "walwire.name");
            assertThat(execute(with(triggers, "start", "item"))).as(said()).isZero();
            Eventually.within(PROMPT, () -> isTakenUp(database, 1));
            Eventually.until(LONG, () -> isDone(database));
            assertThat(reads).hasValue(1000);
            assertThat(execute(with(triggers, "list", "--json"))).as(said()).isZero();
            assertThat(printed()).contains("\"state\":\"done\"", "\"active\":true");
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
        assertThat(execute(with(triggers, "start", "item"))).as(said()).isZero();
        assertThat(execute(with(triggers, "list"))).isZero();
        assertThat(printed()).contains("waits for the slot");
        assertThat(execute("list", "--json")).isZero();
        assertThat(printed()).contains("\"state\":\"requested\",\"wanted\":\"running\",\"active\":null");
        assertThat(said()).as("it is not known whether an instance reads").isEmpty();
        try (Walwire walwire = builder.set("walwire.slot.durable", "false").start()) {
            assertThat(execute(with(triggers, "start", "item"))).isEqualTo(1);
            assertThat(said()).contains("There is no durable cursor \"reader\"");
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
        }
    }
}
