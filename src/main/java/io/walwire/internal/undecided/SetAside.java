package io.walwire.internal.undecided;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What has arrived of one undecided transaction. */
final class SetAside {
    private final int xid;
    private final boolean streamed;
    private final FrameStore frames;
    private final Map<Integer, Definition> definitions = new HashMap<>();
    private final Set<Integer> aborted = new HashSet<>();

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
        aborted.add(subxid);
    }

    boolean isAborted(int subxid) {
        return !aborted.isEmpty() && aborted.contains(subxid);
    }
}
