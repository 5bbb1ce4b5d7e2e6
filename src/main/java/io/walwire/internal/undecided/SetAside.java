package io.walwire.internal.undecided;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What has arrived of one undecided transaction. */
final class SetAside {
    private final int xid;
    private final boolean streamed;
    private final FrameStore frames;
    private final Map<Integer, Definition> definitions = new HashMap<>();

    /** How many frames had arrived when a subtransaction was rolled back, by its id. */
    private final Map<Integer, Long> aborted = new HashMap<>();

    private long count;

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
        aborted.put(subxid, count);
    }

    /** How many frames had arrived when this subtransaction was rolled back; 0 if it was not. */
    long abortedAt(int subxid) {
        return aborted.isEmpty() ? 0 : aborted.getOrDefault(subxid, 0L);
    }
}
