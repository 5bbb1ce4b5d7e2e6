package io.walwire.internal.backfill;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;

/** A row of {@code walwire_backfill} holds something else than this version of Walwire writes. */
final class UnreadableRowException extends WalwireException {
    private static final long serialVersionUID = 1L;

    /**
     * The row cannot be read.
     *
     * @param column the first of its columns that cannot
     * @param cause what is wrong with it
     */
    UnreadableRowException(String column, RuntimeException cause) {
        super(
                ErrorCode.CHECKPOINT,
                "Column " + column
                        + " of its row in walwire_backfill holds something else than this version of Walwire writes"
                        + " there.",
                null,
                cause);
    }
}
