package io.walwire.internal.engine;

import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.replication.SlotRequest.Loss;
import io.walwire.internal.replication.StreamStart;
import org.jspecify.annotations.Nullable;

/**
 * Whether a stream goes on where the ones before it ended.
 *
 * @param common up to here the server has the history that it had before; positions beyond mean nothing any more
 * @param holds whether all positions lie in that history
 * @param gap the gap to deliver to handlers; null if they missed nothing and got nothing that no longer exists
 */
record Continuity(Lsn common, boolean holds, @Nullable Gap gap) {
    /**
     * Compares a stream with what came before it.
     *
     * @param before where the last stream began, null if there was none
     * @param start where this one begins
     * @param positions how far the instance has come
     */
    static Continuity of(@Nullable StreamStart before, StreamStart start, Positions positions) {
        if (before == null) {
            return new Continuity(start.position(), true, ofFirst(start));
        }
        Lsn seen = positions.seen();
        Lsn common = start.common(before, seen);
        boolean holds = !common.isBefore(seen);
        return new Continuity(common, holds, ofNext(before, start, common, positions));
    }

    /**
     * The same, where positions behind the stream's start may by now stand for other transactions than they did: what comes
     * there has to be handled, although some of it was.
     */
    Continuity returningTo(Lsn start, Lsn seen) {
        Lsn lower = start.isBefore(common) ? start : common;
        return new Continuity(lower, holds && !lower.isBefore(seen), gap);
    }

    private static @Nullable Gap ofFirst(StreamStart start) {
        Loss loss = start.slot().loss();
        return loss == null ? null : new Gap(loss.from(), start.position(), loss.reason());
    }

    private static @Nullable Gap ofNext(StreamStart before, StreamStart start, Lsn common, Positions positions) {
        Lsn handedOver = positions.handedOver();
        Lsn from = common.equals(Lsn.ZERO) || handedOver.isBefore(common) ? handedOver : common;
        String otherHistory = otherHistory(before, start, common, positions);
        if (otherHistory != null) {
            return new Gap(from, start.position(), otherHistory);
        }
        Loss loss = start.slot().loss();
        if (start.slot().create() || loss != null) {
            return new Gap(
                    from,
                    start.position(),
                    loss == null ? "the temporary slot ended with its connection; a new one began" : loss.reason());
        }
        return from.isBefore(start.position())
                ? new Gap(from, start.position(), "the slot was moved on, or replaced, by somebody else")
                : null;
    }

    /** Why what handlers got may be no part of the server's history; null if it is. */
    private static @Nullable String otherHistory(
            StreamStart before, StreamStart start, Lsn common, Positions positions) {
        if (!before.server().systemId().equals(start.server().systemId())) {
            return "another server answers: its system identifier differs";
        }
        int was = before.server().timeline();
        int is = start.server().timeline();
        if (was == is) {
            return common.isBefore(positions.seen())
                    ? "the server's log, which ends at " + start.server().end()
                            + ", is not the one that was read up to " + positions.seen()
                            + ": it was restored from a backup, or another server took its place"
                    : null;
        }
        return common.isBefore(positions.delivered())
                ? "the server is on timeline " + is + ", which left timeline " + was + " at " + common
                        + ", before the last change that came: a standby was promoted that had not received everything,"
                        + " or a backup was restored"
                : null;
    }
}
