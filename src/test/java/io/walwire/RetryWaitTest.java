package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.EventId;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The time between two attempts: the connection outlives it, and closing ends it. */
class RetryWaitTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final Duration HOUR = Duration.ofHours(1);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onServerOfItsOwn(Map.of("wal_sender_timeout", "10s"));

    private final Trail trail = new Trail();
    private final Recorder<EventId> ids = new Recorder<>();

    @BeforeEach
    void tables() throws Exception {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY)");
    }

    private WalwireBuilder with(FailurePolicy policy, EventHandler handler) {
        return Instances.durable(database).name("shop").failurePolicy(policy).handler(handler);
    }

    private int backend() throws Exception {
        return Objects.requireNonNull(
                database.slot(Instances.slot(database)).orElseThrow().activePid());
    }

    /** The wait lasts from half of thirty seconds to the whole, and the server's patience ten. */
    @Test
    void retry_waitsLongerThanWalSenderTimeout_onTheSameConnection() throws Exception {
        Flaky flaky = new Flaky(trail, 1);
        Duration wait = Duration.ofSeconds(30);
        try (Walwire walwire = with(FailurePolicy.retry(1, wait, wait), on -> on.table("item")
                        .onInserts(flaky.runs("run")))
                .handler(trail.marker())
                .start()) {
            int backend = backend();
            long begin = System.nanoTime();
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(trail.upToMark(database)).containsExactly("run: item+1", "run: item+1");
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(wait.dividedBy(2));
            assertThat(backend()).isEqualTo(backend);
            assertThat(walwire.status().reconnects()).isZero();
        }
    }

    @Test
    void close_whileACallbackWaits_returnsAtOnce_nothingConfirmed() throws Exception {
        Flaky flaky = new Flaky(trail, Flaky.ALWAYS);
        closeWhileWaiting("walwire-shop-handler", on -> on.table("item").onInserts(flaky.runs("run")));
    }

    @Test
    void close_whileAFunctionWaits_returnsAtOnce_nothingConfirmed() throws Exception {
        Flaky flaky = new Flaky(trail, Flaky.ALWAYS);
        closeWhileWaiting("walwire-shop-function-1", on -> on.table("item").parallel(flaky.events("f")));
    }

    private void closeWhileWaiting(String thread, EventHandler failing) throws Exception {
        EventHandler recording = on -> on.table("item").onInsert(event -> ids.add(event.id()));
        Walwire walwire = with(FailurePolicy.retry(3, HOUR, HOUR).thenSkip(), recording)
                .closeTimeout(Duration.ofMinutes(5))
                .handler(failing)
                .start();
        try (walwire) {
            database.sql("INSERT INTO item VALUES (1)");
            trail.await(1);
            Eventually.until(LONG, () -> isWaiting(thread));
            long begin = System.nanoTime();
            walwire.close();
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMinutes(2));
        }
        assertThat(walwire.state()).isEqualTo(State.STOPPED);
        assertThat(walwire.status().setAside()).isZero();
        assertThat(trail.await(1)).hasSize(1);
        EventId id = ids.await(1).get(0);
        assertThat(Instances.confirmed(database)).isLessThanOrEqualTo(id.position());
        try (Walwire again = with(FailurePolicy.stop(), recording).start()) {
            assertThat(ids.await(2)).containsExactly(id, id);
            assertThat(again.state()).isEqualTo(State.STREAMING);
        }
    }

    private static boolean isWaiting(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals(name) && thread.getState() == Thread.State.TIMED_WAITING);
    }
}
