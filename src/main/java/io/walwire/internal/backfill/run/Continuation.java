package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
import io.walwire.internal.replication.StreamStart;
import org.jspecify.annotations.Nullable;

/**
 * What a stream is to runs that have begun beside the one before. This alone decides whether the server has all that was delivered.
 *
 * @param missesNothing whether nothing was missed between both
 * @param same whether runs go on, too
 * @param isOnAnotherServer whether the server is on another timeline
 */
record Continuation(boolean missesNothing, boolean same, boolean isOnAnotherServer) {
    /**
     * Compares two streams.
     *
     * @param before the one before; null if there is none
     * @param start where this one begins
     * @param goesOn see {@link Backfills#begins}
     * @param repeats see {@link Backfills#begins}
     * @param delivered changes came, and rows were delivered, of what was committed before this position; null if positions are transaction
     *     ids, of which no history says on which timelines they mean the same
     */
    static Continuation of(
            @Nullable StreamStart before, StreamStart start, boolean goesOn, boolean repeats, @Nullable Lsn delivered) {
        if (before == null) {
            return new Continuation(false, false, false);
        }
        boolean moved = start.isOnAnotherTimeline(before);
        boolean missesNothing = goesOn
                && before.server().systemId().equals(start.server().systemId())
                && (!moved || (delivered != null && start.hasAllOf(before, delivered)));
        return new Continuation(missesNothing, missesNothing && !repeats, moved);
    }

    /** The timeline on which runs go on; 0 if it is the same, or they do not go on. */
    int movesTo(StreamStart start) {
        return same && isOnAnotherServer ? start.server().timeline() : 0;
    }
}
