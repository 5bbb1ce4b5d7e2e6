package io.walwire;

import io.walwire.event.Gap;
import io.walwire.internal.log.Logs;
import io.walwire.lifecycle.State;
import io.walwire.listener.HandledTransaction;
import io.walwire.listener.HandlerCall;
import io.walwire.listener.WalwireListener;
import java.time.Duration;
import java.util.Objects;
import org.slf4j.Logger;

/**
 * Logs what an instance does, under the logger {@code io.walwire.LoggingListener}: changes of state at INFO, slow calls
 * at WARN, and every call and transaction at DEBUG. Failures and gaps are logged by the instance itself.
 */
public final class LoggingListener implements WalwireListener {
    private static final Logger LOG = Logs.of(LoggingListener.class);

    private final Duration slow;

    /**
     * A listener that warns of slow calls.
     *
     * @param slow how long a call of a handler may take; longer ones are logged at WARN
     * @throws IllegalArgumentException if it is not positive
     */
    public LoggingListener(Duration slow) {
        Objects.requireNonNull(slow, "slow");
        if (slow.isNegative() || slow.isZero()) {
            throw new IllegalArgumentException("slow is " + slow + "; it must be longer than zero");
        }
        this.slow = slow;
    }

    @Override
    public void onStateChange(State before, State after) {
        LOG.info("{} -> {}", before, after);
    }

    @Override
    public void onCall(HandlerCall call) {
        if (call.duration().compareTo(slow) > 0) {
            LOG.warn(
                    "Handler {} took {} ms for {} ({}, {} events)",
                    call.handler(),
                    call.duration().toMillis(),
                    call.kind(),
                    call.table(),
                    call.events());
        }
        LOG.debug(
                "Handler {} on {} ({}): {} events, attempt {}, {} in {} µs",
                call.handler(),
                call.kind(),
                call.table(),
                call.events(),
                call.attempt(),
                call.outcome(),
                call.duration().toNanos() / 1000);
    }

    @Override
    public void onTransaction(HandledTransaction transaction) {
        LOG.debug(
                "Transaction {} is handled: {} events, end {}, committed {}",
                transaction.xid(),
                transaction.events(),
                transaction.end(),
                transaction.timestamp());
    }

    @Override
    public void onGap(Gap gap) {
        LOG.debug("Gap from {} to {}: {}", gap.from(), gap.to(), gap.reason());
    }
}
