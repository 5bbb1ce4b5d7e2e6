package io.walwire.internal.backfill.run;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.log.Logs;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Reports how a run has ended. */
final class EndedRun {
    private static final Logger LOG = Logs.of(EndedRun.class);

    private EndedRun() {}

    /** The failure itself, or an explanation of an unexpected exception. */
    static WalwireException explained(Throwable e) {
        return e instanceof WalwireException known ? known : unexpected(e);
    }

    /** What nobody has foreseen. */
    static WalwireException unexpected(Throwable e) {
        return new WalwireException(ErrorCode.PROTOCOL, "A backfill failed: " + e + ".", "Please report this.", e);
    }

    /** The instance has ended before the run. */
    static void left(TableRun run, RunSettings settings, @Nullable WalwireException failure) {
        run.completion()
                .completeExceptionally(new WalwireException(
                        ErrorCode.CLOSED,
                        "The instance " + settings.instance() + " ended before the backfill of " + run.table()
                                + (settings.durable()
                                        ? "; it continues when an instance streams from the slot again."
                                        : "; its slot was temporary, so the backfill has to be started again."),
                        failure));
    }

    /** Reports to the log and to its user. */
    static void report(TableRun run, @Nullable WalwireException failure) {
        StoredRun last = run.stored();
        switch (last.state()) {
            case DONE -> {
                LOG.info(
                        "The backfill {} of {} is done: {} rows",
                        last.id(),
                        run.table(),
                        run.amount().rows());
                run.completion().complete(null);
            }
            case CANCELLED -> {
                LOG.info("The backfill {} of {} was cancelled", last.id(), run.table());
                run.completion().completeExceptionally(new CancellationException("The backfill was cancelled"));
            }
            default -> {
                LOG.error(
                        "The backfill {} of {} failed: {}",
                        last.id(),
                        run.table(),
                        Objects.requireNonNull(failure).getMessage());
                run.completion().completeExceptionally(failure);
            }
        }
    }
}
