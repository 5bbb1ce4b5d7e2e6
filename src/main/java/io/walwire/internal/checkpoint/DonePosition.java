package io.walwire.internal.checkpoint;

import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.event.MessageEvent;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.sink.SinkPosition;
import org.jspecify.annotations.Nullable;

/**
 * What is done, as the table's row says it.
 *
 * @param systemId of the server whose positions these are
 * @param timeline the server's timeline
 * @param commitLsn of the last transaction that is done, at least in part
 * @param lastIndex of its events, those up to this index are done; -1 for none
 * @param lastMessage of its messages, those up to this position are done
 * @param complete whether all of it is done
 * @param doneTo whatever was committed before this is done, also what concerns nobody
 */
record DonePosition(
        String systemId, int timeline, Lsn commitLsn, long lastIndex, Lsn lastMessage, boolean complete, Lsn doneTo) {
    /** What a sink's position says. */
    static DonePosition of(SinkPosition position) {
        String[] fields = position.toString().split("[ #]", -1);
        return new DonePosition(
                fields[1],
                Integer.parseInt(fields[2]),
                Lsn.parse(fields[3]),
                Long.parseLong(fields[4]),
                Lsn.parse(fields[5]),
                fields[6].equals("complete"),
                Lsn.parse(fields[7]));
    }

    /** The text of a sink's position. */
    String text() {
        return "1 " + systemId + " " + timeline + " " + commitLsn + "#" + lastIndex + " " + lastMessage + " "
                + (complete ? "complete" : "partial") + " " + doneTo;
    }

    /** Nothing but that everything before a position is of no concern. */
    static DonePosition at(String systemId, int timeline, Lsn doneTo) {
        return new DonePosition(systemId, timeline, Lsn.ZERO, -1, Lsn.ZERO, true, doneTo);
    }

    /** The same, of a server on another timeline without a gap between. */
    DonePosition on(String system, int line) {
        return new DonePosition(system, line, commitLsn, lastIndex, lastMessage, complete, doneTo);
    }

    /** After everything that was committed before a position. */
    DonePosition doneTo(Lsn lsn) {
        return new DonePosition(systemId, timeline, commitLsn, lastIndex, lastMessage, complete, later(doneTo, lsn));
    }

    /** After a part, whatever was done of its transaction before. */
    DonePosition after(TransactionPart part) {
        boolean same = part.place().equals(commitLsn);
        long index = same ? lastIndex : -1;
        Lsn message = same ? lastMessage : Lsn.ZERO;
        for (Event event : part.events()) {
            if (event instanceof MessageEvent of) {
                message = later(message, of.message().lsn());
            } else {
                index = Math.max(index, event.id().place());
            }
        }
        Lsn end = part.end();
        return new DonePosition(
                systemId,
                timeline,
                part.place(),
                index,
                message,
                part.isLast(),
                end == null ? doneTo : later(doneTo, end));
    }

    /**
     * What was lost between this position and the start of the first stream that is compared with it.
     *
     * @param keeper what keeps the position, for the gap's reason
     * @param system the server's system identifier
     * @param line its timeline
     * @param start everything committed from here on is sent
     * @return the gap; null if nothing was lost
     */
    @Nullable
    Gap gapBefore(String keeper, String system, int line, Lsn start) {
        if (!systemId.equals(system)) {
            return new Gap(doneTo, start, keeper + " is of another server: its system identifier differs");
        }
        if (timeline != line) {
            return new Gap(doneTo, start, keeper + " is of timeline " + timeline + ", the server is on " + line);
        }
        return doneTo.isBefore(start) ? new Gap(doneTo, start, keeper + " lies before the position of the slot") : null;
    }

    /** Whether nothing of a part is left to do. */
    boolean isDone(TransactionPart part) {
        int order = part.place().compareTo(commitLsn);
        return part.place().isBefore(doneTo)
                || order < 0
                || (order == 0
                        && (complete
                                || (!part.isLast() && part.events().stream().allMatch(this::isDone))));
    }

    /** Whether some of a part may be done. */
    boolean hasBegun(TransactionPart part) {
        return part.place().equals(commitLsn) && !complete;
    }

    /** Whether an event of the last transaction is done. */
    boolean isDone(Event event) {
        if (event instanceof MessageEvent of) {
            return of.message().lsn().compareTo(lastMessage) <= 0;
        }
        EventId id = event.id();
        return id.place() <= lastIndex;
    }

    private static Lsn later(Lsn one, Lsn other) {
        return one.isBefore(other) ? other : one;
    }
}
