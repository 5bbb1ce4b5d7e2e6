package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.EventId;
import io.walwire.event.Transaction;
import io.walwire.handler.Callback;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the stream does when handlers fail, policy by policy: retries, stops and skips. */
class FailurePoliciesTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();
    private final Recorder<EventId> ids = new Recorder<>();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, name text)",
                "CREATE TABLE other (id int PRIMARY KEY)");
    }

    private static FailurePolicy retry(int times) {
        return FailurePolicy.retry(times, Duration.ofMillis(5), Duration.ofMillis(20));
    }

    private WalwireBuilder with(FailurePolicy policy) {
        return Instances.durable(database).failurePolicy(policy);
    }

    private EventHandler inserts(Flaky flaky, String label) {
        return on -> on.table("item").onInserts(flaky.runs(label));
    }

    private EventHandler recordingIds() {
        return on -> on.table("item").onInsert(event -> ids.add(event.id()));
    }

    private void assertFails(Walwire walwire, String... inMessage) {
        assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                .isInstanceOfSatisfying(WalwireException.class, failure -> assertThat(failure.code())
                        .isEqualTo(ErrorCode.HANDLER))
                .hasMessageContainingAll(inMessage);
        assertThat(walwire.state()).isEqualTo(State.FAILED);
    }

    private void assertUnconfirmed() throws Exception {
        assertThat(Instances.confirmed(database))
                .isLessThanOrEqualTo(ids.await(1).get(0).position());
    }

    @Test
    void retry_thirdAttemptSucceeds_othersAreNotRunAgain_orderIsKept() throws Exception {
        Flaky flaky = new Flaky(trail, 2);
        try (Walwire walwire = with(retry(5))
                .handler(on -> on.table("item").onInserts(trail.runs("before")))
                .handler(inserts(flaky, "flaky"))
                .handler(on -> on.table("item").onInserts(trail.runs("after")))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2)", "INSERT INTO item VALUES (3)");
            assertThat(trail.upToMark(database))
                    .containsExactly(
                            "before: item+1 item+2",
                            "flaky: item+1 item+2",
                            "flaky: item+1 item+2",
                            "flaky: item+1 item+2",
                            "after: item+1 item+2",
                            "before: item+3",
                            "flaky: item+3",
                            "flaky: item+3",
                            "flaky: item+3",
                            "after: item+3");
            assertThat(walwire.status().retries()).isEqualTo(4);
            assertThat(walwire.status().setAside()).isZero();
        }
    }

    @Test
    void retry_perEventForm_theOneEventIsTriedAgain() throws Exception {
        Flaky flaky = new Flaky(trail, 1).at("item+2");
        try (Walwire walwire = with(retry(1))
                .handler(on -> on.table("item").onInsert(flaky.events("insert")).onChange(trail.events("any")))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2), (3)");
            assertThat(trail.upToMark(database))
                    .containsExactly(
                            "insert: item+1",
                            "insert: item+2",
                            "insert: item+2",
                            "insert: item+3",
                            "any: item+1",
                            "any: item+2",
                            "any: item+3");
        }
    }

    @Test
    void retry_withoutAnyPolicy_isTheDefault() throws Exception {
        Flaky flaky = new Flaky(trail, 2);
        try (Walwire walwire = Instances.durable(database)
                .handler(inserts(flaky, "flaky"))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(trail.upToMark(database)).hasSize(3).containsOnly("flaky: item+1");
        }
    }

    @Test
    void retry_exhausted_stopsUnconfirmed_andComesAgain() throws Exception {
        Flaky flaky = new Flaky(trail, Flaky.ALWAYS);
        try (Walwire walwire = with(retry(2))
                .handler(recordingIds())
                .handler(inserts(flaky, "flaky"))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertFails(walwire, getClass().getName(), "insert public.item", "3 attempts", "no mail today");
            assertThat(trail.await(3)).hasSize(3);
            assertUnconfirmed();
        }
        try (Walwire walwire =
                with(retry(2)).handler(recordingIds()).handler(trail.marker()).start()) {
            trail.upToMark(database);
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
            assertThat(ids.all()).hasSize(2).containsOnly(ids.all().get(0));
        }
    }

    @Test
    void skip_goesOn_andConfirms() throws Exception {
        Flaky flaky = new Flaky(trail, Flaky.ALWAYS).at("item+1");
        Recorder<Transaction> transactions = new Recorder<>();
        try (Walwire walwire = with(FailurePolicy.skip())
                .handler(inserts(flaky, "flaky"))
                .handler(on -> on.onTransaction(transactions::add).table("item").onInserts(trail.runs("after")))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2)");
            Transaction last = transactions.await(2).get(1);
            assertThat(trail.await(4))
                    .containsExactly("flaky: item+1", "after: item+1", "flaky: item+2", "after: item+2");
            Eventually.until(
                    LONG, () -> Instances.confirmed(database).compareTo(Objects.requireNonNull(last.endLsn())) >= 0);
            assertThat(walwire.status().setAside()).isEqualTo(1);
            assertThat(walwire.status().retries()).isZero();
        }
    }

    @Test
    void retryThenSkip_triesFirst() throws Exception {
        Flaky flaky = new Flaky(trail, Flaky.ALWAYS).at("item+1");
        try (Walwire walwire = with(retry(2).thenSkip())
                .handler(inserts(flaky, "flaky"))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2)");
            assertThat(trail.upToMark(database))
                    .containsExactly("flaky: item+1", "flaky: item+1", "flaky: item+1", "flaky: item+2");
        }
    }

    @Test
    void fatal_stopsAtOnce_notSkipped() throws Exception {
        Flaky flaky = new Flaky(trail, Flaky.ALWAYS);
        try (Walwire walwire = with(retry(5).thenSkip().fatal(IOException.class))
                .handler(recordingIds())
                .handler(inserts(flaky, "flaky"))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertFails(walwire, "insert public.item", "no mail today");
            assertThat(trail.await(1)).containsExactly("flaky: item+1");
            assertThat(walwire.status().retries()).isZero();
            assertUnconfirmed();
        }
    }

    @Test
    void retriable_othersAreSkippedAtOnce() throws Exception {
        Flaky flaky = new Flaky(trail, Flaky.ALWAYS);
        try (Walwire walwire = with(retry(5).thenSkip().retriable(IllegalStateException.class))
                .handler(inserts(flaky, "flaky"))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(trail.upToMark(database)).containsExactly("flaky: item+1");
            assertThat(walwire.status().setAside()).isEqualTo(1);
        }
    }

    @Test
    void ofOneHandler_inPlaceOfTheInstances() throws Exception {
        Flaky flaky = new Flaky(trail, Flaky.ALWAYS);
        try (Walwire walwire = with(FailurePolicy.stop())
                .handler(inserts(flaky, "built"), FailurePolicy.skip())
                .handler(trail.marker())
                .start()) {
            walwire.addHandler(inserts(flaky, "added"), retry(1).thenSkip());
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(trail.upToMark(database)).containsExactly("built: item+1", "added: item+1", "added: item+1");
            walwire.addHandler(recordingIds());
            walwire.addHandler(inserts(flaky, "stopping"));
            database.sql("INSERT INTO item VALUES (2)");
            assertFails(walwire, "insert public.item");
            assertUnconfirmed();
        }
    }

    @Test
    void functions_onlyTheFailedApplicationIsMadeAgain() throws Exception {
        Flaky flaky = new Flaky(trail, 2).at("item+3");
        try (Walwire walwire = with(retry(2))
                .handler(on -> on.table("item").parallel(flaky.events("f")).parallel(trail.events("g")))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item SELECT generate_series(1, 5)");
            assertThat(trail.upToMark(database))
                    .containsExactlyInAnyOrder(
                            "f: item+1",
                            "f: item+2",
                            "f: item+3",
                            "f: item+3",
                            "f: item+3",
                            "f: item+4",
                            "f: item+5",
                            "g: item+1",
                            "g: item+2",
                            "g: item+3",
                            "g: item+4",
                            "g: item+5");
            assertThat(walwire.status().retries()).isEqualTo(2);
        }
    }

    @Test
    void transactionCallback_triedAgainAlone() throws Exception {
        Flaky flaky = new Flaky(trail, 1);
        try (Walwire walwire = with(retry(1))
                .handler(on -> on.onTransaction(trail("first")).onTransaction(flaky.any("flaky")))
                .handler(on -> on.onTransaction(trail("last")).table("item").onInserts(trail.runs("table")))
                .start()) {
            database.inTransaction("INSERT INTO item VALUES (1)", "INSERT INTO other VALUES (1)");
            assertThat(trail.await(5)).containsExactly("table: item+1", "first", "flaky", "flaky", "last");
        }
    }

    private Callback<Transaction> trail(String line) {
        return transaction -> trail.add(line);
    }

    @Test
    void messageCallback_triedAgainAlone_inItsPlace() throws Exception {
        Flaky flaky = new Flaky(trail, 1);
        try (Walwire walwire = with(retry(1))
                .handler(on -> on.onMessage("m", event -> trail.add("message"))
                        .onMessage("m", flaky.any("flaky"))
                        .table("item")
                        .onInserts(trail.runs("table")))
                .handler(trail.marker())
                .start()) {
            database.inTransaction("SELECT pg_logical_emit_message(true, 'm', 'text')", "INSERT INTO item VALUES (1)");
            database.sql("SELECT pg_logical_emit_message(false, 'm', 'text')");
            assertThat(trail.upToMark(database))
                    .containsExactly("message", "flaky", "flaky", "table: item+1", "message", "flaky", "flaky");
        }
    }

    @Test
    void filterThatThrows_stopsWhateverThePolicy() throws Exception {
        try (Walwire walwire = with(retry(5).thenSkip())
                .handler(on -> on.table("item")
                        .filter(event -> {
                            trail.add("filter");
                            throw new IllegalStateException("broken filter");
                        })
                        .onInserts(trail.runs("never")))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertFails(walwire, "its filter", "broken filter");
            assertThat(trail.await(1)).containsExactly("filter");
        }
    }
}
