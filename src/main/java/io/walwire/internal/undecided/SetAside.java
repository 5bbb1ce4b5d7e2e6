package io.walwire.internal.undecided;

import java.util.HashSet;
import java.util.Set;

/** What has arrived of one undecided transaction. */
final class SetAside implements AutoCloseable {
    private final int xid;
    private final boolean streamed;
    private final FrameStore frames;

    /** Ids of subtransactions follow that of the transaction, and may begin again at zero. */
    private final Aborted aborted;

    /** Of a prepared transaction that is arriving: the tables whose definition is among its frames. */
    private Set<Integer> defined = new HashSet<>();

    private long count;

    /**
     * Of a transaction whose first message comes now.
     *
     * @param streamed whether it comes in chunks; otherwise it comes whole, after it was prepared
     * @param memory shared with the other transactions
     */
    SetAside(int xid, boolean streamed, StoreMemory memory) {
        this.xid = xid;
        this.streamed = streamed;
        this.frames = new FrameStore(memory);
        this.aborted = new Aborted(memory.folder());
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

    /** Keeps a definition among the frames. */
    void define(int subxid, Definition definition) {
        byte[] bytes = definition.toBytes();
        add(subxid, (byte) 'R', bytes, 1, bytes.length);
        if (!streamed) {
            defined.add(definition.oid());
        }
    }

    /** Whether a definition of this table is among the frames, of a prepared transaction that is arriving. */
    boolean defines(int oid) {
        return defined.contains(oid);
    }

    /** All of a prepared transaction has come. */
    void prepared() {
        defined = Set.of();
    }

    void abort(int subxid) {
        aborted.add(subxid - xid, count);
    }

    /** How many frames had arrived when this subtransaction was rolled back; 0 if it was not. */
    long abortedAt(int subxid) {
        return subxid == xid ? 0 : aborted.at(subxid - xid);
    }

    @Override
    public void close() {
        frames.close();
        aborted.close();
    }
}
