package io.walwire.internal.undecided;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.pgoutput.PgOutput;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A committed transaction out of what was set aside, one message at a time: Begin, what was not rolled back, Commit, and
 * what else the reader must know after it.
 */
final class Replay implements AutoCloseable {
    private final PgOutput decoder = new PgOutput();
    private final SetAside transaction;
    private final InputStream frames;
    private final byte[] header = new byte[FrameStore.HEADER_BYTES];
    private final Definitions definitions;
    private final LeftOutChanges leftOut = new LeftOutChanges();
    private @Nullable Begin begin;
    private @Nullable Commit commit;

    /** Tables whose definition in force is not the last one that is passed on with the transaction. */
    private final Set<Integer> outdated = new LinkedHashSet<>();

    /** The subtransaction of the frame that was read last. */
    private int subxid;

    /** How many frames were read. */
    private long index;

    /** Up to here they belong to what was rolled back. */
    private long abortedBefore;

    Replay(SetAside transaction, Commit commit, Definitions definitions) {
        this.transaction = transaction;
        this.begin = new Begin(commit.commitLsn(), commit.timestamp(), transaction.xid());
        this.commit = commit;
        this.frames = transaction.frames().read();
        this.definitions = definitions;
    }

    /** The next message; null when there is none left. */
    @Nullable
    PgOutputMessage next() {
        PgOutputMessage first = begin;
        begin = null;
        if (first != null) {
            return first;
        }
        for (byte[] frame = commit == null ? null : frame(); frame != null; frame = frame()) {
            if (isWanted(subxid, frame[0])) {
                leftOut.passed(frame[0]);
                return frame[0] == 'R' ? relation(Definition.of(frame)) : decoder.next(ByteBuffer.wrap(frame));
            }
            PgOutputMessage instead = leftOut.leftOut(frame[0], frame, 1, frame.length);
            if (instead != null) {
                return instead;
            }
        }
        Commit end = commit;
        commit = null;
        return end != null ? end : relationInForce();
    }

    private PgOutputMessage relation(Definition definition) {
        PgOutputMessage relation = definition.decoded();
        int oid = definition.oid();
        if (definitions.isOutdated(definition)) {
            outdated.add(oid);
        } else {
            outdated.remove(oid);
        }
        return relation;
    }

    private @Nullable PgOutputMessage relationInForce() {
        Iterator<Integer> oids = outdated.iterator();
        Definition inForce = oids.hasNext() ? definitions.get(oids.next()) : null;
        if (inForce == null) {
            return null;
        }
        oids.remove();
        return inForce.decoded();
    }

    private byte @Nullable [] frame() {
        try {
            if (frames.readNBytes(header, 0, header.length) < header.length) {
                return null;
            }
            ByteBuffer head = ByteBuffer.wrap(header);
            subxid = head.getInt();
            return frames.readNBytes(head.getInt());
        } catch (IOException e) {
            SpillFile file = transaction.frames().file();
            throw file == null
                    ? new WalwireException(ErrorCode.STORAGE, "Memory cannot be read: " + e, e)
                    : file.unusable(e);
        }
    }

    private boolean isWanted(int subxid, byte kind) {
        index++;
        long abortedAt = transaction.abortedAt(subxid);
        // from a subtransaction's first change until it was rolled back, all was done by it or those inside of it
        abortedBefore = Math.max(abortedBefore, abortedAt);
        if (kind == 'M') {
            // sent with the id of the transaction, whichever subtransaction it belongs to
            return index > abortedBefore;
        }
        // a definition holds for the whole transaction, whatever caused it to be sent
        return abortedAt == 0 || Frames.isDefinition(kind);
    }

    @Override
    public void close() {
        transaction.close();
    }
}
