package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.backfill.BackfillRun;
import io.walwire.reliability.Proxy;
import io.walwire.testing.Eventually;
import io.walwire.testing.HostileContents;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that another process asks for by a row of {@code walwire_backfill}: each is taken up once, or refused once, and none holds up others. */
class BackfillRequestsTest {
    private static final int ROWS = ExistingItems.ROWS;

    /** Sessions of instances that wait for a standby at a commit. */
    private static final String COMMITTING =
            " FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name LIKE 'walwire%'";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final TableCopy copy = new TableCopy("item");

    @BeforeEach
    void tables() throws Exception {
        ExistingItems.create(database);
        ExistingItems.createProgress(database);
    }

    private Walwire start() {
        return Instances.durable(database).handler("items", copy).start();
    }

    private void awaitState(String run, String state) {
        ExistingItems.awaitState(database, run, state);
    }

    private String problem(String run) throws SQLException {
        return database.queryString("SELECT problem FROM walwire_backfill WHERE leaf = 0 AND run = ?", run);
    }

    /** Several looks. */
    private void letLook() throws SQLException {
        database.query("SELECT pg_sleep(4)");
    }

    /** The server has committed, or will, and the instance does not get the answer. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void requestWhoseCommitIsUncertain_isTakenUpOnce(boolean terminated) throws Exception {
        try (PostgresServer server = PostgresServer.start(Map.of());
                TestDatabase own = TestDatabase.create(server);
                Proxy proxy = new Proxy(server.host(), server.port())) {
            ExistingItems.create(own);
            ExistingItems.createProgress(own);
            try (Walwire walwire = Instances.durable(own)
                    .url(own.url().replace(":" + server.port() + "/", ":" + proxy.port() + "/"))
                    .handler("items", copy)
                    .start()) {
                MissingStandby.holdCommits(own);
                ExistingItems.request(own, "one", Map.of());
                awaitCommitting(own);
                if (terminated) {
                    own.query("SELECT pg_terminate_backend(pid, 10000)" + COMMITTING);
                } else {
                    proxy.cut();
                }
                MissingStandby.releaseCommits(own);
                ExistingItems.awaitState(own, "one", "done");
                assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
            }
            assertThat(copy.reads).hasValue(ROWS);
            assertThat(own.queryLong("SELECT count(*) FROM walwire_backfill WHERE leaf = 0"))
                    .isEqualTo(1);
        }
    }

    /** A role with INSERT may write what it likes, and a newer version other things than this one knows. */
    @Test
    void requestsThatCannotBeRead_failOnce_andHoldUpNoOther() throws Exception {
        Map<String, Map<String, String>> bad = Map.of(
                "a-table", Map.of("table_name", "public.\"item"),
                "b-handlers", Map.of("handlers", "{\"items\": 1}"),
                "c-null", Map.of("handlers", "[null]"),
                "d-wanted", Map.of("wanted", "at night"),
                "e-position", Map.of("done_to", "nowhere"),
                "f-keys", Map.of("keys_to_read", "[1"));
        Map<String, Map<String, String>> wrong = Map.of(
                "g-absent", Map.of("table_name", "public.absent"),
                "h-condition", Map.of("condition_sql", "id <="),
                "i-handler", Map.of("handlers", "[\"absent\"]"));
        try (LogLines log = new LogLines();
                Walwire walwire = start()) {
            for (var each : bad.entrySet()) {
                ExistingItems.request(database, each.getKey(), each.getValue());
            }
            for (var each : wrong.entrySet()) {
                ExistingItems.request(database, each.getKey(), each.getValue());
            }
            ExistingItems.request(database, "z-fine", Map.of("condition_sql", "id <= 10"));
            awaitState("z-fine", "done");
            for (String run : bad.keySet()) {
                awaitState(run, "failed");
                assertThat(problem(run)).contains("holds something else", "walwire backfill start");
            }
            for (String run : wrong.keySet()) {
                awaitState(run, "failed");
                assertThat(problem(run)).as(run).isNotBlank();
            }
            assertThat(problem("a-table")).contains("table_name");
            assertThat(problem("h-condition")).contains("condition");
            letLook();
            for (String run : bad.keySet()) {
                assertThat(log.with(run)).as(run).hasSize(1);
            }
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(copy.reads).hasValue(10);
    }

    /** Names, conditions and JSON of another hand. */
    @Test
    void hostileRequests_endTheirRunAlone_andForgeNoLine() throws Exception {
        Map<String, Map<String, String>> requests = new LinkedHashMap<>();
        List<String> texts = Stream.concat(
                        HostileContents.jsonTexts().stream(), HostileContents.brokenJsonTexts().stream())
                .filter(text -> text.indexOf('\0') < 0)
                .toList();
        for (int i = 0; i < texts.size(); i++) {
            requests.put("json" + i, Map.of("handlers", texts.get(i), "keys_to_read", texts.get(texts.size() - 1 - i)));
        }
        for (String name : HostileContents.names()) {
            requests.put(
                    "'" + name.substring(0, Math.min(name.length(), 60)).replace("'", ""), Map.of("table_name", name));
        }
        for (String condition : List.of(
                "1) OR (true", "true; DROP TABLE item", "/*", "--", "$1", "a\nb", HostileContents.digits(20_000))) {
            requests.put("condition" + requests.size(), Map.of("condition_sql", condition));
        }
        try (LogLines log = new LogLines();
                Walwire walwire = start()) {
            for (var each : requests.entrySet()) {
                ExistingItems.request(database, each.getKey().replace("'", "''"), each.getValue());
            }
            ExistingItems.request(database, "z-fine", Map.of("condition_sql", "id <= 10"));
            awaitState("z-fine", "done");
            for (String run : requests.keySet()) {
                awaitState(run, "failed");
            }
            assertThat(log.all()).allMatch(line -> line.chars().noneMatch(c -> c < ' ' || c == '\u202e'));
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(copy.reads).hasValue(10);
    }

    /** Of a request and of a run that was taken up long ago. */
    @Test
    void rowsThatCannotBeRead_areLoggedOnce_whileARunGoesOn() throws Exception {
        Instances.durable(database).handler(copy).start().close(); // makes the slot
        ExistingItems.request(database, "old", Map.of("state", "running", "wanted", "at night"));
        try (LogLines log = new LogLines();
                Walwire walwire = start()) {
            walwire.backfill("item").start().pause();
            letLook();
            assertThat(log.with("WARN", "old", "cannot be read")).hasSize(1);
        }
    }

    @Test
    void requestThatCannotBeWritten_isLoggedOnce_andHoldsUpNoOther() throws Exception {
        database.sql("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
                + " IF NEW.run = 'stuck' THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW; END$$");
        try (LogLines log = new LogLines();
                Walwire walwire = start()) {
            ExistingItems.request(database, "paused", Map.of("wanted", "paused"));
            awaitState("paused", "running");
            database.sql(
                    "CREATE TRIGGER refuse BEFORE UPDATE ON walwire_backfill FOR EACH ROW EXECUTE FUNCTION refuse()");
            ExistingItems.request(database, "stuck", Map.of());
            log.await("WARN", "stuck", "cannot be written", "not this one");
            ExistingItems.request(database, "z-fine", Map.of("condition_sql", "id <= 10"));
            awaitState("z-fine", "done");
            letLook();
            assertThat(log.with("stuck")).hasSize(1);
            assertThat(ExistingItems.state(database, "paused")).isEqualTo("running");
            database.sql(
                    "DROP TRIGGER refuse ON walwire_backfill",
                    "UPDATE walwire_backfill SET condition_sql = 'id > 10' WHERE run = 'stuck'");
            awaitState("stuck", "done");
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(copy.reads).hasValue(ROWS);
    }

    /** Nothing can be written any more. */
    @Test
    void requests_withoutTheRightToWrite_areLoggedOnce_andTheStreamGoesOn() throws Exception {
        String role = database.role("LOGIN REPLICATION");
        database.sql(
                "GRANT SELECT ON item TO " + role,
                "GRANT SELECT, INSERT, UPDATE, DELETE ON walwire_backfill TO " + role);
        try (LogLines log = new LogLines();
                Walwire walwire = Instances.durable(database)
                        .set("walwire.user", role)
                        .set("walwire.password", database.password())
                        .handler("items", copy)
                        .start()) {
            ExistingItems.request(database, "one", Map.of());
            awaitState("one", "done");
            database.sql("REVOKE UPDATE ON walwire_backfill FROM " + role);
            ExistingItems.request(database, "two", Map.of());
            log.await("WARN", "walwire_backfill", "permission denied");
            letLook();
            assertThat(log.with("WARN", "permission denied")).hasSize(1);
            database.sql("INSERT INTO item VALUES (100000, 1, 'new')");
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        assertThat(copy.rows).containsKey("100000");
    }

    @Test
    void requestThatAnotherSessionHoldsLocked_isTakenUpLater_andHoldsUpNothing() throws Exception {
        start().close(); // makes the slot
        ExistingItems.request(database, "a-locked", Map.of("condition_sql", "id > 10"));
        ExistingItems.request(database, "b-free", Map.of("condition_sql", "id <= 10"));
        try (LogLines log = new LogLines();
                Connection holder = database.connect();
                Statement lock = holder.createStatement()) {
            holder.setAutoCommit(false);
            lock.execute("SELECT 1 FROM walwire_backfill WHERE run = 'a-locked' FOR UPDATE");
            try (Walwire walwire = start()) {
                awaitState("b-free", "running"); // it begins when the holder's transaction has ended
                database.sql("INSERT INTO item VALUES (100000, 1, 'new')");
                assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
                Items.awaitConfirmed(database, Instances.slot(database), Items.currentLsn(database));
                letLook();
                assertThat(ExistingItems.state(database, "a-locked")).isEqualTo("requested");
                holder.rollback();
                awaitState("a-locked", "done");
                awaitState("b-free", "done");
                assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
            }
            assertThat(log.with("WARN", "walwire_backfill")).isEmpty();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    /** The application asks for it. */
    @Test
    void startWhoseCommitIsUncertain_startsOneRun() throws Exception {
        try (PostgresServer server = PostgresServer.start(Map.of());
                TestDatabase own = TestDatabase.create(server)) {
            ExistingItems.create(own);
            ExistingItems.createProgress(own);
            try (Walwire walwire = Instances.durable(own).handler("items", copy).start()) {
                MissingStandby.holdCommits(own);
                CompletableFuture<BackfillRun> starting = CompletableFuture.supplyAsync(
                        () -> walwire.backfill("item").start());
                awaitCommitting(own);
                own.query("SELECT pg_terminate_backend(pid, 10000)" + COMMITTING);
                MissingStandby.releaseCommits(own);
                ExistingItems.await(starting.get(180, TimeUnit.SECONDS));
            }
            assertThat(copy.reads).hasValue(ROWS);
            assertThat(own.queryLong("SELECT count(*) FROM walwire_backfill WHERE leaf = 0"))
                    .isEqualTo(1);
        }
    }

    /** The run may be there, but the application has got an error, and may start another one. */
    @Test
    void startWhoseCommitsAreAllUncertain_leavesNoRun() throws Exception {
        try (PostgresServer server = PostgresServer.start(Map.of());
                TestDatabase own = TestDatabase.create(server)) {
            ExistingItems.create(own);
            ExistingItems.createProgress(own);
            try (Walwire walwire = Instances.durable(own).handler("items", copy).start()) {
                MissingStandby.holdCommits(own);
                CompletableFuture<BackfillRun> starting = CompletableFuture.supplyAsync(
                        () -> walwire.backfill("item").start());
                for (int i = 0; i < 2; i++) {
                    awaitCommitting(own);
                    own.query("SELECT pg_terminate_backend(pid, 10000)" + COMMITTING);
                }
                assertThatThrownBy(() -> starting.get(180, TimeUnit.SECONDS)).hasMessageContaining("walwire_backfill");
                MissingStandby.releaseCommits(own);
                own.terminateWalsenders();
                Eventually.until(
                        ExistingItems.LONG,
                        () -> own.queryLong("SELECT count(*) FROM walwire_backfill WHERE state = 'cancelled'") == 1);
                ExistingItems.await(walwire.backfill("item").start());
            }
            assertThat(copy.reads).hasValue(ROWS);
        }
    }

    private static void awaitCommitting(TestDatabase own) {
        Eventually.until(ExistingItems.LONG, () -> own.queryLong("SELECT count(*)" + COMMITTING) == 1);
    }
}
