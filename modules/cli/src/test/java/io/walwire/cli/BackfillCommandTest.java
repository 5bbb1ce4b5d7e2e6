package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.cli.signal.Signals;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code walwire backfill} on the runs of an instance that streams. */
class BackfillCommandTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int execute(String role, String... arguments) {
        out.reset();
        err.reset();
        List<String> all = new ArrayList<>(List.of("backfill"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--url", database.url(), "--user", role));
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        return Main.commandLine(out, errors, Map.of(), new Signals(), verbose -> {})
                .execute(all.toArray(String[]::new));
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void runs_areListed_paused_resumed_cancelled_byAnotherRole() throws Exception {
        String operator = database.role("LOGIN");
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "GRANT SELECT, UPDATE (wanted) ON walwire_backfill TO " + operator,
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "INSERT INTO item SELECT i, repeat('n', 100) FROM generate_series(1, 1000) i",
                "CREATE PUBLICATION events FOR TABLE item");
        assertThat(execute(operator, "list")).as(said()).isZero();
        assertThat(said()).isEqualTo("there are no runs\n");
        String slot = database.unique("steered");
        Semaphore go = new Semaphore(0);
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events")
                .slotName(slot)
                .set("walwire.backfill.chunk", "8KiB")
                .handler("items", on -> on.table("item").onRead(event -> go.acquire()))
                .start()) {
            BackfillRun run = walwire.backfill("item").start();
            go.release(200);
            Eventually.until(LONG, () -> run.progress().rows() > 0);
            assertThat(execute(operator, "pause", "item")).as(said()).isZero();
            assertThat(printed()).contains("run " + run.id() + " of public.item, slot " + slot + ", is paused");
            Eventually.until(LONG, () -> run.progress().state() == BackfillState.PAUSED);
            assertThat(execute(operator, "list")).isZero();
            assertThat(printed()).startsWith("paused     public.item  slot " + slot + "  run " + run.id() + "  ");
            assertThat(execute(operator, "list", "--json", "--slot", slot)).isZero();
            assertThat(printed())
                    .contains("\"state\":\"running\",\"wanted\":\"paused\",\"active\":true,\"where\":null");
            assertThat(execute(operator, "resume", run.id())).as(said()).isZero();
            Eventually.until(LONG, () -> run.progress().state() == BackfillState.RUNNING);
            assertThat(execute(operator, "cancel", "public.item")).as(said()).isZero();
            Eventually.until(LONG, () -> run.completion().toCompletableFuture().isDone());
            go.release(1000);
            assertThat(execute(operator, "pause", "item")).isEqualTo(1);
            assertThat(said()).contains("There is no run of item that has not ended.", "walwire backfill list");
        }
    }

    @Test
    void table_missing_orWithTriggers_isRefused() throws Exception {
        String operator = database.role("LOGIN");
        assertThat(execute(operator, "list")).isEqualTo(1);
        assertThat(said()).contains("There is no table walwire_backfill", "sql/backfill.sql", "UPDATE (wanted)");
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "GRANT SELECT, UPDATE (wanted) ON walwire_backfill TO " + operator,
                "CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
                "CREATE TRIGGER spy BEFORE UPDATE ON walwire_backfill FOR EACH ROW EXECUTE FUNCTION spy()");
        assertThat(execute(operator, "cancel", "item")).isEqualTo(1);
        assertThat(said()).contains("is not safe to use");
    }

    /** Its owner is another role by design: what it could run has to be looked for. */
    @Test
    void table_whoseIndexCallsAFunction_isRefused() throws Exception {
        String operator = database.role("LOGIN");
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "GRANT SELECT, UPDATE (wanted) ON walwire_backfill TO " + operator,
                "CREATE FUNCTION spy(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END'",
                "CREATE INDEX spying ON walwire_backfill (spy(wanted))");
        assertThat(execute(operator, "cancel", "item")).isEqualTo(1);
        assertThat(said()).contains("is not safe to use");
    }

    @Test
    void rowThatWalwireHasNotWritten_hidesNoOther() throws Exception {
        String operator = database.role("LOGIN");
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "GRANT SELECT, UPDATE (wanted) ON walwire_backfill TO " + operator,
                "INSERT INTO walwire_backfill (system_id, slot, run, leaf, table_name, handlers, wanted, state, timeline, done_to, file_node,"
                        + " rows_read, bytes_read, bytes_total, updated_at)"
                        + " SELECT '1', 's', run, 0, 'public.item', handlers, 'running', 'running', 1, '0/0', 0, 0, 0, 0, now() FROM (VALUES ('a', '[\"x'), ('b', '[\"y\"]')) r (run, handlers)");
        assertThat(execute(operator, "list", "--json")).as(said()).isZero();
        assertThat(printed()).contains("\"handlers\":\"[\\\"x\"", "\"handlers\":[\"y\"]");
    }

    @Test
    void run_isStarted_byAnotherRole_forTheInstanceThatStreams_orTheNext() throws Exception {
        String operator = database.role("LOGIN");
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "GRANT SELECT, INSERT ON walwire_backfill TO " + operator,
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "INSERT INTO item SELECT i, repeat('n', 100) FROM generate_series(1, 1000) i",
                "CREATE PUBLICATION events FOR TABLE item");
        String slot = database.unique("started");
        assertThat(execute(operator, "start", "item")).isEqualTo(1);
        assertThat(said()).contains("--slot");
        assertThat(execute(operator, "start", "item", "--slot", slot)).isEqualTo(1);
        assertThat(said()).contains("There is no durable logical replication slot \"" + slot + "\"");
        AtomicInteger some = new AtomicInteger();
        AtomicInteger others = new AtomicInteger();
        WalwireBuilder builder = Walwire.builder()
                .url(database.url())
                .publication("events")
                .slotName(slot)
                .handler("some", on -> on.table("item").onRead(event -> some.incrementAndGet()))
                .handler("others", on -> on.table("item").onRead(event -> others.incrementAndGet()));
        try (Walwire walwire = builder.start()) {
            assertThat(execute(operator, "start", "item", "--slot", slot, "--where", "id <= 10", "--handlers", "some"))
                    .as(said())
                    .isZero();
            assertThat(printed()).startsWith("asked for: run cli-").contains(" of public.item, slot " + slot);
            Eventually.until(LONG, () -> states("done") == 1);
            assertThat(some).hasValue(10);
            assertThat(others).hasValue(0);
            assertThat(execute(operator, "start", "nothing", "--slot", slot)).isZero();
            Eventually.until(LONG, () -> states("failed") == 1);
            assertThat(database.queryString("SELECT problem FROM walwire_backfill WHERE state = 'failed'"))
                    .contains("public.nothing");
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(execute(operator, "start", "public.item", "--slot", slot)).isZero();
        assertThat(execute(operator, "list")).isZero();
        assertThat(printed()).contains("waits for the slot");
        try (Walwire walwire = builder.start()) {
            Eventually.until(LONG, () -> states("done") == 2);
            assertThat(others).hasValue(1000);
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    /** Of a newer version of this command, or of another process. */
    @Test
    void requestThatTheInstanceCannotRead_isListedAsFailed() throws Exception {
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "CREATE TABLE item (id int PRIMARY KEY)",
                "CREATE PUBLICATION events FOR TABLE item");
        String slot = database.unique("asked");
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events")
                .slotName(slot)
                .handler("items", on -> on.table("item").onRead(event -> {}))
                .start()) {
            assertThat(execute(database.user(), "start", "item", "--slot", slot, "--handlers", "none"))
                    .as(said())
                    .isZero();
            Eventually.until(LONG, () -> states("failed") == 1);
            database.sql(
                    "UPDATE walwire_backfill SET state = 'requested', problem = NULL, handlers = '{\"later\": 1}'");
            Eventually.until(LONG, () -> states("failed") == 1);
            assertThat(execute(database.user(), "list")).isZero();
            assertThat(printed())
                    .startsWith("failed ")
                    .contains("Column handlers of its row in walwire_backfill", "walwire backfill start");
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void standby_isNotWritten() throws Exception {
        try (PostgresServer primary = PostgresServer.start(Map.of());
                TestDatabase own = TestDatabase.create(primary)) {
            own.sql(Files.readString(Path.of("sql/backfill.sql")));
            try (PostgresServer standby = primary.startStandby("standby")) {
                String[] start = {"backfill", "start", "item", "--slot", "any", "--url", standby.url(own.name())};
                PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
                int exit = Main.commandLine(new PrintStream(out), errors, Map.of(), new Signals(), verbose -> {})
                        .execute(start);
                assertThat(exit).isEqualTo(1);
                assertThat(said()).contains("The server is a standby", "Name the primary with --url");
            }
        }
    }

    private long states(String state) throws SQLException {
        return database.queryLong("SELECT count(*) FROM walwire_backfill WHERE leaf = 0 AND state = ?", state);
    }
}
