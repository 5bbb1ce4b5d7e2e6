package io.walwire.internal.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.handler.Callback;
import io.walwire.handler.FailurePolicy;
import io.walwire.internal.listener.Listeners;
import io.walwire.internal.transaction.LostContinuity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Calls under a policy, with a clock that does not wait. */
class AttemptsTest {
    private static final FailurePolicy THREE = FailurePolicy.retry(3, Duration.ofMillis(100), Duration.ofMillis(300));
    private static final Event EVENT = new LostContinuity("0", "db", new Gap(null, null, "test"));

    private final List<Duration> waits = new ArrayList<>();
    private final List<Event> calls = new ArrayList<>();
    private int failures;
    private boolean closing;
    private final Attempts attempts = new Attempts(
            "test",
            new CallContext(
                    wait -> {
                        waits.add(wait);
                        return closing;
                    },
                    CallBoundary.NONE,
                    Listeners.none()));

    private void make(FailurePolicy policy) throws InterruptedException {
        Callback<Event> callback = event -> {
            calls.add(event);
            if (calls.size() <= failures) {
                throw new IllegalStateException("no " + calls.size());
            }
        };
        attempts.make(UserCall.ofEvent(
                new RegisteredHandler("Mailer", policy), new DeclaredCallback<>("gap 1", callback), "gap", EVENT));
    }

    @Test
    void make_failsTwice_waitsTwice_andCounts() throws InterruptedException {
        failures = 2;
        make(THREE);
        assertThat(calls).containsExactly(EVENT, EVENT, EVENT);
        assertThat(waits).hasSize(2);
        assertThat(waits.get(0)).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
        assertThat(waits.get(1)).isBetween(Duration.ofMillis(100), Duration.ofMillis(200));
        assertThat(attempts.retries()).isEqualTo(2);
        assertThat(attempts.setAside()).isZero();
    }

    @Test
    void make_neverSucceeds_throwsTheLastFailure() {
        failures = 9;
        assertThatThrownBy(() -> make(THREE))
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.HANDLER))
                .hasMessageContainingAll("Mailer", "4 attempts", "no 4")
                .cause()
                .hasMessage("no 4");
        assertThat(attempts.retries()).isEqualTo(3);
    }

    @Test
    void make_closedWhileItWaits_noFurtherAttempt_notSetAside() {
        failures = 9;
        closing = true;
        assertThatThrownBy(() -> make(THREE.thenSkip()))
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED))
                .hasMessageContainingAll("Mailer", "no 1");
        assertThat(calls).hasSize(1);
        assertThat(attempts.retries()).isZero();
        assertThat(attempts.setAside()).isZero();
    }

    @Test
    void make_interruptedException_isThrownAsItIs() {
        InterruptedException thrown = new InterruptedException("by the user's own code");
        Callback<Event> callback = event -> {
            calls.add(event);
            throw thrown;
        };
        assertThatThrownBy(() -> attempts.make(UserCall.ofEvent(
                        new RegisteredHandler("Mailer", THREE.thenSkip()),
                        new DeclaredCallback<>("gap 1", callback),
                        "gap",
                        EVENT)))
                .isSameAs(thrown);
        assertThat(calls).hasSize(1);
    }

    @Test
    void make_deadLetterOfAGap_holdsIt() throws InterruptedException {
        failures = 9;
        List<Object> letters = new ArrayList<>();
        make(THREE.thenDeadLetter(letter -> {
            letters.add(letter.handler());
            letters.add(letter.events());
            letters.add(letter.attempts());
        }));
        assertThat(letters).containsExactly("Mailer", List.of(EVENT), 4);
        assertThat(attempts.setAside()).isEqualTo(1);
    }
}
