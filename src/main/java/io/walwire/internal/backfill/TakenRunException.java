package io.walwire.internal.backfill;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;

/** Another instance streams from the slot now, and works on the run. Nothing more is written of it here. */
public final class TakenRunException extends WalwireException {
    private static final long serialVersionUID = 1L;

    /**
     * The run has another owner.
     *
     * @param run the run
     */
    TakenRunException(StoredRun run) {
        super(
                ErrorCode.CHECKPOINT,
                "Another instance streams from replication slot \"" + run.slot().name()
                        + "\", and continues the backfill " + run.id() + " of " + run.table() + ".");
    }
}
