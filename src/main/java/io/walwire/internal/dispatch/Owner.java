package io.walwire.internal.dispatch;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.handler.FailurePolicy;

/**
 * Whose code is called.
 *
 * @param name the handler's class
 * @param policy what happens when it fails
 */
record Owner(String name, FailurePolicy policy) {
    /** What stops the instance. */
    WalwireException failed(Throwable e, String kind, String what) {
        return new WalwireException(
                ErrorCode.HANDLER,
                "Handler " + name + " failed on " + kind + " (" + what + "): " + e
                        + ". Nothing of this transaction is confirmed; it comes again after a restart. [HANDLER]",
                e);
    }
}
