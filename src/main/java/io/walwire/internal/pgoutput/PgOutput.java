package io.walwire.internal.pgoutput;

import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.BeginPrepare;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.CommitPrepared;
import io.walwire.internal.pgoutput.PgOutputMessage.Delete;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import io.walwire.internal.pgoutput.PgOutputMessage.Message;
import io.walwire.internal.pgoutput.PgOutputMessage.OldRow;
import io.walwire.internal.pgoutput.PgOutputMessage.Origin;
import io.walwire.internal.pgoutput.PgOutputMessage.Prepare;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.pgoutput.PgOutputMessage.RollbackPrepared;
import io.walwire.internal.pgoutput.PgOutputMessage.StreamAbort;
import io.walwire.internal.pgoutput.PgOutputMessage.StreamCommit;
import io.walwire.internal.pgoutput.PgOutputMessage.StreamStart;
import io.walwire.internal.pgoutput.PgOutputMessage.StreamStop;
import io.walwire.internal.pgoutput.PgOutputMessage.Truncate;
import io.walwire.internal.pgoutput.PgOutputMessage.Update;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Bytes in, message out: protocol versions 1 to 4, values in text or binary format. A pure function; whatever the bytes, it returns a
 * message or throws a {@code WalwireException} of code PROTOCOL that names the message's kind and the offset, and it never
 * allocates more than the bytes it was given. A decoder of one's own, for one thread, does the same without making a reader for
 * each message.
 */
public final class PgOutput {
    private final MessageReader in = new MessageReader();

    /**
     * Decodes one message.
     *
     * @param frame the payload of one XLogData, backed by an array that is nobody else's: tuples point into it
     * @return the message
     */
    public static PgOutputMessage decode(ByteBuffer frame) {
        return new PgOutput().next(frame);
    }

    /**
     * As {@link #decode(ByteBuffer)}.
     *
     * @param frame the payload of one XLogData, backed by an array that is nobody else's: tuples point into it
     * @return the message
     */
    public PgOutputMessage next(ByteBuffer frame) {
        return next(frame.array(), frame.arrayOffset() + frame.position(), frame.arrayOffset() + frame.limit());
    }

    /**
     * Decodes one message.
     *
     * @param bytes an array that is nobody else's: tuples point into it
     * @param from where the message begins
     * @param to where it ends
     * @return the message
     */
    public static PgOutputMessage decode(byte[] bytes, int from, int to) {
        return new PgOutput().next(bytes, from, to);
    }

    private PgOutputMessage next(byte[] bytes, int from, int to) {
        in.open(bytes, from, to);
        PgOutputMessage message =
                switch (in.kind()) {
                    case 'I' -> new Insert(in.int32(), newTuple(in));
                    case 'U' -> update(in);
                    case 'D' -> delete(in);
                    case 'B' -> new Begin(in.lsn(), in.timestamp(), in.int32());
                    case 'C' -> commit(in);
                    case 'R' -> relation(in);
                    case 'Y' -> new PgOutputMessage.Type(in.int32(), schema(in.string()), in.string());
                    case 'O' -> new Origin(in.lsn(), in.string());
                    case 'T' -> truncate(in);
                    case 'M' -> new Message(flag(in), in.lsn(), in.string(), in.content());
                    case 'S' -> new StreamStart(in.int32(), flag(in));
                    case 'E' -> new StreamStop();
                    case 'c' -> streamCommit(in);
                    case 'A' -> streamAbort(in);
                    case 'b' -> beginPrepare(in);
                    case 'P' -> prepare(in, false);
                    case 'p' -> prepare(in, true);
                    case 'K' -> commitPrepared(in);
                    case 'r' -> rollbackPrepared(in);
                    default -> throw in.malformed("is of a kind that Walwire does not know");
                };
        in.requireEnd();
        return message;
    }

    private static Commit commit(MessageReader in) {
        in.int8(); // flags, unused
        return new Commit(in.lsn(), in.lsn(), in.timestamp());
    }

    private static Update update(MessageReader in) {
        int relation = in.int32();
        byte kind = in.int8();
        return switch (kind) {
            case 'N' -> new Update(relation, OldRow.ABSENT, null, in.tuple());
            case 'K' -> new Update(relation, OldRow.KEY, in.tuple(), newTuple(in));
            case 'O' -> new Update(relation, OldRow.FULL, in.tuple(), newTuple(in));
            default -> throw in.malformed("has a tuple of unknown kind");
        };
    }

    private static Delete delete(MessageReader in) {
        int relation = in.int32();
        byte kind = in.int8();
        return switch (kind) {
            case 'K' -> new Delete(relation, OldRow.KEY, in.tuple());
            case 'O' -> new Delete(relation, OldRow.FULL, in.tuple());
            default -> throw in.malformed("has a tuple of unknown kind");
        };
    }

    private static TupleData newTuple(MessageReader in) {
        if (in.int8() != 'N') {
            throw in.malformed("lacks its new tuple");
        }
        return in.tuple();
    }

    private static Relation relation(MessageReader in) {
        int oid = in.int32();
        String schema = schema(in.string());
        String name = in.string();
        ReplicaIdentity identity =
                switch (in.int8()) {
                    case 'd' -> ReplicaIdentity.DEFAULT;
                    case 'n' -> ReplicaIdentity.NOTHING;
                    case 'f' -> ReplicaIdentity.FULL;
                    case 'i' -> ReplicaIdentity.INDEX;
                    default -> throw in.malformed("has an unknown replica identity");
                };
        int count = in.count(10);
        List<RelationColumn> columns = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            columns.add(new RelationColumn((in.int8() & 1) != 0, in.string(), in.int32(), in.int32()));
        }
        return new Relation(oid, schema, name, identity, List.copyOf(columns));
    }

    private static Truncate truncate(MessageReader in) {
        int count = in.int32();
        int flags = in.int8();
        if (count < 0 || count > in.remaining() / 4) {
            throw in.malformed("counts more relations than it has room for");
        }
        List<Integer> relations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            relations.add(in.int32());
        }
        return new Truncate((flags & 1) != 0, (flags & 2) != 0, List.copyOf(relations));
    }

    private static StreamCommit streamCommit(MessageReader in) {
        int xid = in.int32();
        in.int8(); // flags, unused
        return new StreamCommit(xid, in.lsn(), in.lsn(), in.timestamp());
    }

    private static StreamAbort streamAbort(MessageReader in) {
        StreamAbort abort = new StreamAbort(in.int32(), in.int32());
        if (in.remaining() >= 16) {
            // where and when, which is sent under streaming=parallel alone
            in.lsn();
            in.timestamp();
        }
        return abort;
    }

    private static BeginPrepare beginPrepare(MessageReader in) {
        in.lsn();
        in.lsn();
        in.timestamp();
        return new BeginPrepare(in.int32(), in.string());
    }

    private static Prepare prepare(MessageReader in, boolean streamed) {
        in.int8(); // flags, unused
        Lsn prepared = in.lsn();
        in.lsn(); // where its record ends
        in.timestamp();
        return new Prepare(in.int32(), in.string(), prepared, streamed);
    }

    private static CommitPrepared commitPrepared(MessageReader in) {
        in.int8(); // flags, unused
        Lsn commit = in.lsn();
        Lsn end = in.lsn();
        Instant timestamp = in.timestamp();
        return new CommitPrepared(in.int32(), in.string(), commit, end, timestamp);
    }

    private static RollbackPrepared rollbackPrepared(MessageReader in) {
        in.int8(); // flags, unused
        in.lsn(); // where the record of its PREPARE ends
        in.lsn();
        in.timestamp();
        in.timestamp();
        return new RollbackPrepared(in.int32(), in.string());
    }

    private static boolean flag(MessageReader in) {
        return (in.int8() & 1) != 0;
    }

    /** pgoutput sends an empty name for pg_catalog. */
    private static String schema(String name) {
        return name.isEmpty() ? "pg_catalog" : name;
    }
}
