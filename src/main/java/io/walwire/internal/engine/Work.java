package io.walwire.internal.engine;

import io.walwire.internal.transaction.GapEvent;
import io.walwire.internal.transaction.TransactionPart;

/** What the reader thread hands to the handler thread. */
sealed interface Work {
    /** How much heap it holds on to. */
    long bytes();

    /** A transaction or a part of one. */
    record Part(TransactionPart transaction) implements Work {
        @Override
        public long bytes() {
            return transaction.retainedBytes();
        }
    }

    /** Lost continuity, in its place between transactions. */
    record Lost(GapEvent gap) implements Work {
        @Override
        public long bytes() {
            return 0;
        }
    }
}
