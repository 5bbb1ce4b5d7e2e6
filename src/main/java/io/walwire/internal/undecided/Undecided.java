package io.walwire.internal.undecided;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.pgoutput.PgOutput;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Between frames and messages, for one stream: sets aside what may still be rolled back, and replays it once it has
 * committed, so that whoever takes the messages sees protocol 1. Not thread-safe; the reader thread owns it.
 *
 * <p>Tables need care, because the server sends a definition only once, and counts on a set-aside one in its own way: on
 * that of a transaction in chunks from its commit on, on that of a prepared one at once. So a replay carries every
 * definition that it needs, and after it those are in force that arrived last.
 */
public final class Undecided implements AutoCloseable {
    private final PgOutput decoder = new PgOutput();
    private final StoreMemory memory;
    private final Map<Integer, SetAside> transactions = new HashMap<>();

    /** The last definitions that are in force outside of what is set aside, as frames. */
    private final Map<Integer, Definition> definitions = new HashMap<>();

    private final LeftOutChanges leftOut = new LeftOutChanges();

    private long arrivals;

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
        define(definitions, bytes(frame));
        return relation;
    }

    private void define(Map<Integer, Definition> where, byte[] relation) {
        where.put(Frames.int32(relation, 1), new Definition(arrivals++, relation));
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
            addDefinitionsOf(into, kind, bytes, from, to);
            into.add(into.xid(), kind, bytes, from, to);
            // the server counts on these from now on, whatever becomes of the transaction
            return Frames.isDefinition(kind)
                    ? prepareDefined(into, kind, frame)
                    : leftOut.leftOut(kind, bytes, from, to);
        }
        int subxid = into.xid();
        if (kind != 'O') {
            if (to - from < 4) {
                throw violation("A change in a chunk, too short for its transaction's id,");
            }
            subxid = Frames.int32(bytes, from);
            from += 4;
        }
        if (kind == 'R' && to - from >= 4) {
            byte[] relation = new byte[1 + to - from];
            relation[0] = kind;
            System.arraycopy(bytes, from, relation, 1, to - from);
            define(into.definitions(), relation);
        }
        into.add(subxid, kind, bytes, from, to);
        return null;
    }

    private PgOutputMessage prepareDefined(SetAside into, byte kind, ByteBuffer frame) {
        if (kind != 'R') {
            return PgOutput.decode(frame);
        }
        PgOutputMessage relation = defined(frame);
        leftOut.passed(kind);
        int oid = Frames.int32(frame.array(), frame.arrayOffset() + frame.position() + 1);
        Definition now = definitions.get(oid);
        if (now != null) {
            into.define(oid, now);
        }
        return relation;
    }

    /** A prepared transaction relies on definitions from before it, which may be others by the time it commits. */
    private void addDefinitionsOf(SetAside into, byte kind, byte[] bytes, int from, int to) {
        for (int oid : Frames.relations(kind, bytes, from, to)) {
            Definition known = definitions.get(oid);
            if (into.definition(oid) == null && known != null) {
                into.define(oid, known);
                into.add(into.xid(), (byte) 'R', known.frame(), 1, known.frame().length);
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
                ended(false);
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
        SetAside begun = new SetAside(xid, streamed, new FrameStore(memory));
        transactions.put(xid, begun);
        arriving = begun;
    }

    private void requireOutside() {
        if (arriving != null) {
            throw violation("A transaction that begins inside another");
        }
    }

    private void ended(boolean streamed) {
        if (arriving == null || arriving.isStreamed() != streamed) {
            throw violation(streamed ? "The end of a chunk that did not begin" : "A Prepare without its beginning");
        }
        arriving = null;
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
            dropped.frames().close();
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
        List<PgOutputMessage> last = new ArrayList<>();
        last.add(commit);
        committed.definitions().forEach((oid, definition) -> {
            Definition inForce = definitions.get(oid);
            if (inForce == null || inForce.arrival() < definition.arrival()) {
                definitions.put(oid, definition);
            } else if (!Arrays.equals(inForce.frame(), definition.frame())) {
                // another transaction brought a newer one meanwhile, which the server will not send again
                last.add(PgOutput.decode(inForce.frame(), 0, inForce.frame().length));
            }
        });
        replay = new Replay(committed, new Begin(commit.commitLsn(), commit.timestamp(), committed.xid()), last);
    }

    private static WalwireException violation(String what) {
        return new WalwireException(
                ErrorCode.PROTOCOL,
                what + " arrived from pgoutput. Please report this with the server's version. [PROTOCOL]");
    }

    /** Forgets everything: a new stream begins with the first chunk again. */
    @Override
    public void close() {
        transactions.values().forEach(each -> each.frames().close());
        transactions.clear();
        if (replay != null) {
            replay.close();
        }
    }
}
