package io.walwire.internal.undecided;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What has arrived of one undecided transaction. */
final class SetAside {
    private final int xid;
    private final boolean streamed;
    private final FrameStore frames;
    private final Map<Integer, Definition> definitions = new HashMap<>();

    /** Ranges of subtransactions that were rolled back, by the first id, counted from the transaction's own. */
    private final TreeMap<Long, Aborted> aborted = new TreeMap<>();

    private long count;

    /** Which frame was the last logical message. */
    private long lastMessage;

    /** Up to which id, and how many frames had arrived when the last of them was rolled back. */
    private record Aborted(long last, long count) {}

    /**
     * Of a transaction whose first message comes now.
     *
     * @param streamed whether it comes in chunks; else it comes whole, after it was prepared
     */
    SetAside(int xid, boolean streamed, FrameStore frames) {
        this.xid = xid;
        this.streamed = streamed;
        this.frames = frames;
    }

    int xid() {
        return xid;
    }

    boolean isStreamed() {
        return streamed;
    }

    FrameStore frames() {
        return frames;
    }

    /** Keeps the next frame, whose bytes after the kind stand somewhere in an array. */
    void add(int subxid, byte kind, byte[] bytes, int from, int to) {
        frames.add(subxid, kind, bytes, from, to);
        count++;
        lastMessage = kind == 'M' ? count : lastMessage;
    }

    /** The last definition of each table among the frames. */
    Map<Integer, Definition> definitions() {
        return definitions;
    }

    void define(int oid, Definition definition) {
        definitions.put(oid, definition);
    }

    @Nullable
    Definition definition(int oid) {
        return definitions.get(oid);
    }

    void abort(int subxid) {
        long from = place(subxid);
        long to = from;
        Map.Entry<Long, Aborted> below = aborted.lowerEntry(from);
        if (below != null && below.getValue().last() == from - 1 && isAsOne(below.getValue())) {
            from = below.getKey();
        }
        Aborted above = aborted.get(to + 1);
        if (above != null && isAsOne(above)) {
            aborted.remove(to + 1);
            to = above.last();
        }
        aborted.put(from, new Aborted(to, count));
    }

    /** A message is judged by when a rollback came, so that two with a message between them stay two. */
    private boolean isAsOne(Aborted before) {
        return lastMessage <= before.count();
    }

    /** Ids of subtransactions follow that of the transaction, and may begin anew at zero. */
    private long place(int subxid) {
        return Integer.toUnsignedLong(subxid - xid);
    }

    /** How many ranges are remembered. */
    int abortedRanges() {
        return aborted.size();
    }

    /** How many frames had arrived when this subtransaction was rolled back; 0 if it was not. */
    long abortedAt(int subxid) {
        Map.Entry<Long, Aborted> range = aborted.isEmpty() ? null : aborted.floorEntry(place(subxid));
        return range == null || range.getValue().last() < place(subxid)
                ? 0
                : range.getValue().count();
    }
}
