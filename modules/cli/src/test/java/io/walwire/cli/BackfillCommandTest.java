package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.cli.signal.Signals;
import io.walwire.testing.Eventually;
import io.walwire.testing.HostileContents;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code walwire backfill} on the runs of an instance that streams. */
class BackfillCommandTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    /** Two seconds are promised. A slow machine may take more, but less than {@code RequestThread.REST}. */
    private static final Duration PROMPT = Duration.ofSeconds(25);

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
            Eventually.within(PROMPT, () -> run.progress().state() == BackfillState.PAUSED);
            assertThat(execute(operator, "list")).isZero();
            assertThat(printed()).startsWith("paused     public.item  slot " + slot + "  run " + run.id() + "  ");
            assertThat(execute(operator, "list", "--json", "--slot", slot)).isZero();
            assertThat(printed())
                    .contains("\"state\":\"running\",\"wanted\":\"paused\",\"active\":true,\"where\":null");
            assertThat(execute(operator, "resume", run.id())).as(said()).isZero();
            Eventually.within(PROMPT, () -> run.progress().state() == BackfillState.RUNNING);
            assertThat(execute(operator, "cancel", "public.item")).as(said()).isZero();
            Eventually.within(
                    PROMPT, () -> run.completion().toCompletableFuture().isDone());
            go.release(1000);
            assertThat(execute(operator, "pause", "item")).isEqualTo(1);
            assertThat(said()).contains("There is no run of item that has not ended.", "walwire backfill list");
        }
    }

    @Test
    void runs_areWatched_untilTheyEnd() throws Exception {
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "INSERT INTO item SELECT i, repeat('n', 100) FROM generate_series(1, 1000) i",
                "CREATE PUBLICATION events FOR TABLE item");
        Semaphore go = new Semaphore(0);
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events")
                .slotName(database.unique("watched"))
                .set("walwire.backfill.chunk", "8KiB")
                .handler("items", on -> on.table("item").onRead(event -> go.acquire()))
                .start()) {
            assertThat(execute(database.user(), "list", "--watch")).isZero();
            assertThat(printed()).isEqualTo("no run goes on\n");

            BackfillRun run = walwire.backfill("item").start();
            go.release(200);
            Eventually.until(LONG, () -> run.progress().rows() > 0);
            assertThat(watched(() -> go.release(1000))).isZero();
            assertThat(printed()).contains("reading public.item  ", " %  ", "\ndone       public.item  slot ");

            BackfillRun second = walwire.backfill("item").start();
            Eventually.until(LONG, () -> second.progress().state() == BackfillState.RUNNING);
            assertThat(watched(second::cancel, "--json")).isEqualTo(1);
            assertThat(printed().lines())
                    .first(InstanceOfAssertFactories.STRING)
                    .contains("\"state\":\"running\"", "\"rows_per_second\":");
            assertThat(printed().lines()).last(InstanceOfAssertFactories.STRING).contains("\"state\":\"cancelled\"");
            go.release(1000);
        }
    }

    /** A slot and a cursor of triggers may have one name, and so may slots of two servers. */
    @Test
    void runsOfAnotherServer_areLeftAlone() throws Exception {
        database.sql(Files.readString(Path.of("sql/backfill.sql")));
        insertRun("(SELECT system_identifier::text FROM pg_control_system())", "here");
        insertRun("'7@0a1b2c3d'", "cursor");
        assertThat(execute(database.user(), "cancel", "item", "--slot", "reader"))
                .as(said())
                .isZero();
        assertThat(database.queryString(
                        "SELECT string_agg(run || ' ' || wanted, ', ' ORDER BY run) FROM walwire_backfill"))
                .isEqualTo("cursor running, here cancelled");
        database.sql("DELETE FROM walwire_backfill WHERE run = 'here'");
        assertThat(execute(database.user(), "cancel", "item", "--slot", "reader"))
                .isEqualTo(1);
        assertThat(said()).contains("Runs of other servers or outboxes read item: 7@0a1b2c3d.");
        insertRun("'8'", "there");
        assertThat(execute(database.user(), "cancel", "item", "--slot", "reader"))
                .isEqualTo(1);
        assertThat(said()).contains("Runs of other servers or outboxes read item: 7@0a1b2c3d, 8.", "--url");
        assertThat(database.queryLong("SELECT count(*) FROM walwire_backfill WHERE wanted = 'cancelled'"))
                .isZero();
        assertThat(execute(database.user(), "cancel", "there")).as(said()).isZero();
    }

    private void insertRun(String systemId, String run) throws SQLException {
        database.sql(
                "INSERT INTO walwire_backfill (system_id, slot, run, leaf, table_name, wanted, state, timeline, done_to, file_node,"
                        + " rows_read, bytes_read, bytes_total, updated_at) VALUES (" + systemId + ", 'reader', '" + run
                        + "', 0, 'public.item', 'running', 'running', 1, '0/0', 0, 0, 0, 0, now())");
    }

    @Test
    void start_withAWrongName_asksForNothing() throws Exception {
        String slot = database.unique("named");
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
        assertThat(execute(database.user(), "start", "item", "a.b.c", "--slot", slot))
                .isEqualTo(2);
        assertThat(said()).contains("\"a.b.c\" is no name of a table").doesNotContain("Unexpected");
        assertThat(database.queryLong("SELECT count(*) FROM walwire_backfill")).isZero();
    }

    /** The exit code of a watch; once it has printed something, the rest happens. */
    private int watched(Runnable rest, String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of("list", "--watch"));
        all.addAll(List.of(options));
        out.reset();
        CompletableFuture<Integer> code =
                CompletableFuture.supplyAsync(() -> execute(database.user(), all.toArray(String[]::new)));
        Eventually.until(LONG, () -> !printed().isEmpty());
        rest.run();
        return code.get(180, TimeUnit.SECONDS);
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

    /** What another hand has written hides no run and forges no line. */
    @Test
    void hostileRows_areOneLineEach() throws Exception {
        database.sql(Files.readString(Path.of("sql/backfill.sql")));
        List<String> texts = new ArrayList<>(HostileContents.texts());
        texts.add(HostileContents.nested(1_000)); // Jackson reads it, and writes no more than that
        texts.add("[] []");
        try (Connection connection = database.connect();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO walwire_backfill (system_id, slot, run, leaf, table_name, handlers, condition_sql, problem, wanted,"
                                + " state, timeline, done_to, file_node, rows_read, bytes_read, bytes_total, updated_at)"
                                + " VALUES ('1', 's', ?, 0, 'public.item', ?, ?, ?, 'running', 'failed', 1, '0/0', 0, 0, 0, 0, now())")) {
            for (int i = 0; i < texts.size(); i++) {
                insert.setString(
                        1, i + texts.get(i).substring(0, Math.min(texts.get(i).length(), 20)));
                insert.setString(2, texts.get(i));
                insert.setString(3, texts.get(i));
                insert.setString(4, texts.get(i));
                insert.executeUpdate();
            }
        }
        assertThat(execute(database.user(), "list")).as(said()).isZero();
        assertThat(printed().lines()).hasSize(texts.size());
        assertThat(execute(database.user(), "list", "--json")).as(said()).isZero();
        ObjectMapper mapper = new ObjectMapper();
        List<String> handlers = new ArrayList<>();
        for (String line : printed().lines().toList()) {
            handlers.add(mapper.readTree(line).get("handlers").asText());
        }
        assertThat(handlers).containsExactlyInAnyOrderElementsOf(texts);
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
            Eventually.within(PROMPT, () -> states("requested") == 0);
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
            Eventually.within(PROMPT, () -> states("requested") == 0);
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
