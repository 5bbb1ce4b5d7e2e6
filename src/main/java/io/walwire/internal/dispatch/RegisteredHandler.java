package io.walwire.internal.dispatch;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.handler.FailurePolicy;
import io.walwire.internal.connection.server.ExceptionText;

/**
 * A handler as its calls know it: its name, and what happens when it fails.
 *
 * @param name for messages, listeners and dead letters
 * @param policy what happens when it fails
 */
record RegisteredHandler(String name, FailurePolicy policy) {
    /** What leaves a dead letter where it is. */
    WalwireException failedAgain(Throwable e, String kind, String what) {
        return new WalwireException(
                ErrorCode.HANDLER,
                "Handler " + name + " failed again on " + kind + " (" + what + "): " + ExceptionText.of(e) + ".",
                e);
    }

    /** What stops the instance. */
    WalwireException failed(Throwable e, String kind, String what) {
        return new WalwireException(
                ErrorCode.HANDLER,
                "Handler " + name + " failed on " + kind + " (" + what + "): " + ExceptionText.of(e)
                        + ". Nothing of this transaction is confirmed; it comes again after a restart.",
                e);
    }
}
