package io.walwire.internal.engine;

import io.walwire.event.Event;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Lsn;
import io.walwire.event.MessageEvent;
import io.walwire.event.TransactionInfo;
import io.walwire.internal.checkpoint.RowsProgress;
import io.walwire.internal.transaction.TransactionPart;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the reader thread hands to the handler thread. */
sealed interface Work {
    /**
     * What a transaction or a message takes beside its events and its content: its header, this record, its places in the queue
     * and in flight. It counts because a stream may have nothing but transactions without events, or messages without
     * content, which are many before the handlers have begun with the first.
     */
    long BYTES_PER_PIECE = 400;

    /** How much heap it holds on to. */
    default long bytes() {
        return 0;
    }

    /** When it was committed; null where it was not. */
    default @Nullable Instant committed() {
        return null;
    }

    /** A transaction or a part of one. */
    record Part(TransactionPart transaction) implements Work {
        @Override
        public String toString() {
            return "the transaction " + transaction.xid() + " that was committed at " + transaction.position();
        }

        @Override
        public long bytes() {
            return BYTES_PER_PIECE + transaction.retainedBytes();
        }

        @Override
        public Instant committed() {
            return transaction.timestamp();
        }
    }

    /**
     * Rows that were read from their table and have their place here.
     *
     * @param rows maybe none
     * @param progress kept with what handlers write; null if it is kept by itself
     * @param handled done when handlers have returned
     */
    record Reads(TransactionPart rows, @Nullable RowsProgress progress, Runnable handled) implements Work {
        @Override
        public String toString() {
            return rows.events().size() + " rows that were read";
        }

        @Override
        public long bytes() {
            return BYTES_PER_PIECE + rows.retainedBytes();
        }
    }

    /** The stream goes on after a lost connection, and nothing is missing. */
    record Resumed() implements Work {}

    /** A position that nothing is left before, to be noted. */
    record Idle(Lsn lsn) implements Work {}

    /**
     * What belongs to no transaction, in its place between them: lost continuity, or a message.
     *
     * @param handled done when handlers have returned
     * @param endsContinuity whether what was handled before may come again with another meaning
     */
    record Single(Event event, Runnable handled, boolean endsContinuity) implements Work {
        /** One after which there is nothing else to do. */
        Single(Event event) {
            this(event, () -> {}, false);
        }

        @Override
        public String toString() {
            return "a " + event.kind().name().toLowerCase(Locale.ROOT);
        }

        @Override
        public long bytes() {
            return BYTES_PER_PIECE + (event instanceof MessageEvent of ? bytes(of.message()) : 0);
        }

        private static long bytes(LogicalMessage message) {
            return 2L * message.prefix().length() + message.content().length;
        }

        @Override
        public @Nullable Instant committed() {
            TransactionInfo transaction = event.transaction();
            return transaction == null ? null : transaction.timestamp();
        }
    }
}
