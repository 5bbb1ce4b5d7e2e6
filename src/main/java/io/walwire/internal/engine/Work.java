package io.walwire.internal.engine;

import io.walwire.event.Event;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Lsn;
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

    /** The stream goes on after a lost connection, and nothing is missing. */
    record Resumed() implements Work {
        @Override
        public long bytes() {
            return 0;
        }
    }

    /** A position that nothing is left before, to be noted. */
    record Idle(Lsn lsn) implements Work {
        @Override
        public long bytes() {
            return 0;
        }
    }

    /** What belongs to no transaction, in its place between them: lost continuity, or a message. */
    record Single(Event event) implements Work {
        @Override
        public long bytes() {
            LogicalMessage message = event.message();
            return message == null ? 0 : message.content().length;
        }
    }
}
