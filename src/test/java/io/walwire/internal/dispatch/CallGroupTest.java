package io.walwire.internal.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.handler.Callback;
import io.walwire.handler.FailurePolicy;
import io.walwire.internal.listener.Listeners;
import io.walwire.internal.transaction.LostContinuity;
import io.walwire.listener.CountingListener;
import io.walwire.listener.HandlerCall;
import io.walwire.listener.HandlerCalls;
import io.walwire.listener.WalwireListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What listeners get of calls that are timed together. */
class CallGroupTest {
    private static final Event EVENT = new LostContinuity("0", "db", new Gap(null, null, "test"));
    private static final long HELD_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final FailurePolicy ONCE_MORE =
            FailurePolicy.retry(1, Duration.ofMillis(1), Duration.ofMillis(1)).thenSkip();

    private final List<String> reported = new ArrayList<>();
    private final RegisteredHandler owner = new RegisteredHandler("mails", ONCE_MORE);
    private final CallPace pace = new CallPace();
    private long nanos;
    private boolean held;

    private final class Counting implements CountingListener {
        @Override
        public void onCalls(HandlerCalls calls) {
            reported.add(calls.handler() + " " + calls.kind() + " " + calls.count());
            nanos += calls.nanos();
        }

        @Override
        public void onCall(HandlerCall call) {
            reported.add(call.handler() + " " + call.outcome() + " attempt " + call.attempt());
            nanos += call.nanos();
        }
    }

    private final class Held implements LifecycleView {
        @Override
        public boolean pause(Duration atMost) {
            return false;
        }

        @Override
        public boolean isHeld() {
            return held;
        }

        @Override
        public boolean awaitReleased() {
            if (held) {
                long until = System.nanoTime() + HELD_NANOS;
                while (System.nanoTime() < until) {
                    LockSupport.parkNanos(until - System.nanoTime());
                }
                held = false;
            }
            return false;
        }
    }

    private Attempts attempts(WalwireListener... listeners) {
        return new Attempts("test", new CallContext(new Held(), CallBoundary.NONE, new Listeners(List.of(listeners))));
    }

    private @Nullable CallGroup open(Attempts attempts) {
        return attempts.group(owner, "insert", pace);
    }

    private void make(Attempts attempts, CallGroup group, Callback<Event> callback) throws InterruptedException {
        attempts.make(UserCall.ofEvent(owner, new DeclaredCallback<>("insert 1", callback), "insert", EVENT), group);
    }

    private CallGroup opened(Attempts attempts) {
        pace.took(1, 1);
        pace.took(2, 1);
        pace.took(4, 1);
        assertThat(pace.calls()).isEqualTo(8);
        return Objects.requireNonNull(open(attempts));
    }

    @Test
    void calls_areReportedTogether_andTheRestAtTheEnd() throws InterruptedException {
        Attempts attempts = attempts(new Counting());
        CallGroup group = opened(attempts);
        for (int i = 0; i < 11; i++) {
            make(attempts, group, event -> {});
        }
        assertThat(reported).containsExactly("mails insert 8");
        group.close();
        assertThat(reported).containsExactly("mails insert 8", "mails insert 3");
        assertThat(nanos).isPositive();
    }

    @Test
    void failedCall_isReportedByItself_andSoIsItsRetry() throws InterruptedException {
        Attempts attempts = attempts(new Counting());
        CallGroup group = opened(attempts);
        List<String> failures = new ArrayList<>(List.of("no"));
        make(attempts, group, event -> {});
        make(attempts, group, event -> {
            if (!failures.isEmpty()) {
                throw new IllegalStateException(failures.remove(0));
            }
        });
        make(attempts, group, event -> {});
        group.close();
        assertThat(reported)
                .containsExactly(
                        "mails insert 1", "mails RETRIED attempt 1", "mails SUCCEEDED attempt 2", "mails insert 1");
        assertThat(attempts.retries()).isEqualTo(1);
    }

    @Test
    void callThatStopsTheInstance_isReported() throws InterruptedException {
        Attempts attempts = attempts(new Counting());
        CallGroup group = opened(attempts);
        UserCall<Event> call = UserCall.ofEvent(
                new RegisteredHandler("mails", FailurePolicy.stop()),
                new DeclaredCallback<>("insert 1", event -> {
                    throw new IllegalStateException("no");
                }),
                "insert",
                EVENT);
        assertThatThrownBy(() -> attempts.make(call, group)).isInstanceOf(WalwireException.class);
        group.close();
        assertThat(reported).containsExactly("mails STOPPED attempt 1");
    }

    /** A pause may last for hours. */
    @Test
    void pause_isNoTimeOfAHandler() throws InterruptedException {
        Attempts attempts = attempts(new Counting());
        CallGroup group = opened(attempts);
        make(attempts, group, event -> {});
        held = true;
        make(attempts, group, event -> {});
        group.close();
        assertThat(reported).containsExactly("mails insert 1", "mails insert 1");
        assertThat(nanos).isLessThan(HELD_NANOS);
    }

    /** A handler that calls {@code Walwire.process} makes calls within its own. */
    @Test
    void callsWithinACall_areNotOfItsGroup() throws InterruptedException {
        Attempts attempts = attempts(new Counting());
        CallGroup group = opened(attempts);
        make(attempts, group, event -> {
            assertThat(open(attempts)).isNull();
            attempts.make(UserCall.ofEvent(owner, new DeclaredCallback<>("insert 2", inner -> {}), "insert", EVENT));
        });
        group.close();
        assertThat(reported).containsExactly("mails SUCCEEDED attempt 1", "mails insert 1");
        assertThat(open(attempts)).isNotNull();
    }

    @Test
    void listenerThatNeedsEachCall_orNone_hasNoGroups() {
        assertThat(open(attempts())).isNull();
        assertThat(open(attempts(new Counting(), new WalwireListener() {}))).isNull();
        assertThat(open(attempts(new Counting(), new Counting()))).isNotNull();
    }
}
