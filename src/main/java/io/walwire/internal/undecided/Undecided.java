package io.walwire.internal.undecided;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.pgoutput.PgOutput;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.BeginPrepare;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.CommitPrepared;
import io.walwire.internal.pgoutput.PgOutputMessage.Prepare;
import io.walwire.internal.pgoutput.PgOutputMessage.RollbackPrepared;
import io.walwire.internal.pgoutput.PgOutputMessage.StreamAbort;
import io.walwire.internal.pgoutput.PgOutputMessage.StreamCommit;
import io.walwire.internal.pgoutput.PgOutputMessage.StreamStart;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Between frames and messages, for one stream: sets aside what may still be rolled back, and replays it once it has
 * committed, so that the messages are those of protocol 1. Not thread-safe; the reader thread owns it.
 *
 * <p>Tables need care, because the server sends a definition only once, and counts on a set-aside one in its own way: on
 * that of a transaction in chunks from its commit on, on that of a prepared one at once. So a replay carries every
 * definition that it needs, and after it those are in force that arrived last.
 */
public final class Undecided implements AutoCloseable {
    private final PgOutput decoder = new PgOutput();
    private final StoreMemory memory;

    /** By id; the server has no more of them at a time than sessions and prepared transactions. */
    private final Map<Integer, SetAside> transactions = new HashMap<>();

    private final Definitions definitions = new Definitions();
    private final LeftOutChanges leftOut = new LeftOutChanges();

    /** Whose chunk, or whose changes before its Prepare, are arriving. */
    private @Nullable SetAside arriving;

    private @Nullable Replay replay;

    /**
     * Nothing undecided yet.
     *
     * @param boundBytes how much memory all set-aside transactions may hold together
     * @param folder where files go for what exceeds it
     */
    public Undecided(long boundBytes, Path folder) {
        this.memory = new StoreMemory(boundBytes, folder);
    }

    /** Whether a chunk has begun, or a prepared transaction, whose end was not read yet. */
    public boolean isArriving() {
        return arriving != null;
    }

    /** The ids of what is set aside. */
    public Set<Integer> xids() {
        return transactions.keySet();
    }

    /** Whether {@link #replayed} has more to return. */
    public boolean isReplaying() {
        return replay != null;
    }

    /**
     * The next message of a transaction that was set aside and has committed. Until there is none, no frame is accepted.
     *
     * @return null if no such transaction is at hand, or it has ended
     */
    public @Nullable PgOutputMessage replayed() {
        Replay current = replay;
        if (current == null) {
            return null;
        }
        PgOutputMessage message = current.next();
        if (message == null) {
            current.close();
            replay = null;
        }
        return message;
    }

    /**
     * Takes the next frame, in the order of the stream.
     *
     * @param frame the payload of one XLogData, backed by an array that is nobody else's
     * @return what it says, for those after this stage; null if it was set aside or concerns this stage alone
     */
    public @Nullable PgOutputMessage accept(ByteBuffer frame) {
        byte kind = frame.hasRemaining() ? frame.get(frame.position()) : 0;
        SetAside into = arriving;
        if (into != null && Frames.isContent(kind)) {
            return setAside(into, kind, frame);
        }
        return switch (kind) {
            case 'S', 'E', 'c', 'A', 'b', 'P', 'p', 'K', 'r' -> decided(PgOutput.decode(frame));
            case 'R' -> defined(frame);
            default -> plain(frame);
        };
    }

    private PgOutputMessage plain(ByteBuffer frame) {
        if (arriving != null) {
            throw violation("A message inside of transaction " + Integer.toUnsignedString(arriving.xid())
                    + " that does not belong there");
        }
        return decoder.next(frame);
    }

    private PgOutputMessage defined(ByteBuffer frame) {
        PgOutputMessage relation = PgOutput.decode(frame);
        definitions.put(definitions.arrived(bytes(frame)));
        return relation;
    }

    private static byte[] bytes(ByteBuffer frame) {
        byte[] bytes = new byte[frame.remaining()];
        frame.duplicate().get(bytes);
        return bytes;
    }

    private @Nullable PgOutputMessage setAside(SetAside into, byte kind, ByteBuffer frame) {
        byte[] bytes = frame.array();
        int from = frame.arrayOffset() + frame.position() + 1;
        int to = frame.arrayOffset() + frame.limit();
        if (!into.isStreamed()) {
            if (kind == 'R') {
                return prepareDefined(into, frame);
            }
            addDefinitionsOf(into, kind, bytes, from, to);
            into.add(into.xid(), kind, bytes, from, to);
            return kind == 'Y' ? PgOutput.decode(frame) : leftOut.leftOut(kind, bytes, from, to);
        }
        int subxid = into.xid();
        if (kind != 'O') {
            if (to - from < 4) {
                throw violation("A change in a chunk, too short for its transaction's id,");
            }
            subxid = Frames.int32(bytes, from);
            from += 4;
        }
        if (kind == 'R') {
            byte[] relation = new byte[1 + to - from];
            relation[0] = kind;
            System.arraycopy(bytes, from, relation, 1, to - from);
            into.define(subxid, definitions.arrived(relation));
        } else {
            into.add(subxid, kind, bytes, from, to);
        }
        return null;
    }

    /** The server counts on it from now on, whatever becomes of the transaction. */
    private PgOutputMessage prepareDefined(SetAside into, ByteBuffer frame) {
        PgOutputMessage relation = PgOutput.decode(frame);
        Definition now = definitions.arrived(bytes(frame));
        definitions.put(now);
        into.define(into.xid(), now);
        leftOut.passed((byte) 'R');
        return relation;
    }

    /** A prepared transaction relies on definitions from before it, which may be others by the time it commits. */
    private void addDefinitionsOf(SetAside into, byte kind, byte[] bytes, int from, int to) {
        for (int oid : Frames.relations(kind, bytes, from, to)) {
            Definition known = definitions.get(oid);
            if (known != null && !into.defines(oid)) {
                into.define(into.xid(), known);
            }
        }
    }

    private @Nullable PgOutputMessage decided(PgOutputMessage message) {
        if (message instanceof StreamStart start) {
            chunk(start);
        } else if (message instanceof PgOutputMessage.StreamStop) {
            ended(true);
        } else if (message instanceof StreamCommit commit) {
            SetAside committed = taken(commit.xid());
            if (committed == null) {
                throw violation("The commit of transaction " + Integer.toUnsignedString(commit.xid())
                        + ", of which nothing came before,");
            }
            replay(committed, new Commit(commit.commitLsn(), commit.endLsn(), commit.timestamp()));
            return replayed();
        } else if (message instanceof StreamAbort abort) {
            abort(abort);
        } else if (message instanceof BeginPrepare begin) {
            begin(begin.xid(), false);
        } else {
            return twoPhase(message);
        }
        return null;
    }

    private PgOutputMessage twoPhase(PgOutputMessage message) {
        if (message instanceof Prepare prepare) {
            if (!prepare.streamed()) {
                ended(false).prepared();
            }
        } else if (message instanceof CommitPrepared commit) {
            SetAside committed = taken(commit.xid());
            if (committed != null) {
                replay(committed, new Commit(commit.commitLsn(), commit.endLsn(), commit.timestamp()));
            }
        } else if (message instanceof RollbackPrepared rollback) {
            drop(rollback.xid());
        }
        return message;
    }

    private void chunk(StreamStart start) {
        SetAside known = transactions.get(start.xid());
        if (start.first() || known == null) {
            if (!start.first()) {
                throw violation("A later chunk of transaction " + Integer.toUnsignedString(start.xid())
                        + " without the first one");
            }
            begin(start.xid(), true);
        } else {
            requireOutside();
            arriving = known;
        }
    }

    private void begin(int xid, boolean streamed) {
        requireOutside();
        drop(xid);
        SetAside begun = new SetAside(xid, streamed, memory);
        transactions.put(xid, begun);
        arriving = begun;
    }

    private void requireOutside() {
        if (arriving != null) {
            throw violation("A transaction that begins inside another");
        }
    }

    private SetAside ended(boolean streamed) {
        SetAside ended = arriving;
        if (ended == null || ended.isStreamed() != streamed) {
            throw violation(streamed ? "The end of a chunk that did not begin" : "A Prepare without its beginning");
        }
        arriving = null;
        return ended;
    }

    private void abort(StreamAbort abort) {
        if (abort.xid() == abort.subxid()) {
            drop(abort.xid());
            return;
        }
        SetAside of = transactions.get(abort.xid());
        if (of != null) {
            of.abort(abort.subxid());
        }
    }

    private void drop(int xid) {
        SetAside dropped = taken(xid);
        if (dropped != null) {
            dropped.close();
        }
    }

    private @Nullable SetAside taken(int xid) {
        if (arriving != null) {
            throw violation("The end of a transaction inside of another");
        }
        return transactions.remove(xid);
    }

    /** Makes ready what {@link #replayed} returns. */
    private void replay(SetAside committed, Commit commit) {
        replay = new Replay(committed, commit, definitions);
    }

    private static WalwireException violation(String what) {
        return new WalwireException(
                ErrorCode.PROTOCOL, what + " arrived from pgoutput.", "Please report this with the server's version.");
    }

    /** Forgets everything: a new stream begins with the first chunk again. */
    @Override
    public void close() {
        transactions.values().forEach(SetAside::close);
        transactions.clear();
        if (replay != null) {
            replay.close();
        }
    }
}
