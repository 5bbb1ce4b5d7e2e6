package io.walwire.internal.pgoutput;

import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One message of the output plugin pgoutput. (PostgreSQL manual, "Logical Replication Message Formats".) OIDs and
 * transaction ids are unsigned on the wire and held in an int here; print them with {@link Integer#toUnsignedString}.
 */
public sealed interface PgOutputMessage {
    /** {@code B}: a transaction begins; it is committed already. */
    record Begin(Lsn commitLsn, Instant timestamp, int xid) implements PgOutputMessage {}

    /** {@code C}: its end. */
    record Commit(Lsn commitLsn, Lsn endLsn, Instant timestamp) implements PgOutputMessage {}

    /** {@code O}: the transaction was replicated from elsewhere; follows Begin. */
    record Origin(Lsn commitLsn, String name) implements PgOutputMessage {}

    /** {@code R}: a table as of the changes that follow. */
    record Relation(int oid, String schema, String name, ReplicaIdentity replicaIdentity, List<RelationColumn> columns)
            implements PgOutputMessage {}

    /** A column of {@link Relation}; {@code identity} is set for all columns under FULL, so it is not the primary key. */
    record RelationColumn(boolean identity, String name, int typeOid, int typeModifier) {}

    /** {@code Y}: the name of a type that is not built in. */
    record Type(int oid, String schema, String name) implements PgOutputMessage {}

    /** {@code I}: {@code message} is the whole message, for those who keep it. */
    record Insert(int relation, TupleData newRow) implements PgOutputMessage {}

    /** {@code U}: with {@code K} the old key, with {@code O} the whole old row, or with neither. */
    record Update(int relation, OldRow oldKind, @Nullable TupleData oldRow, TupleData newRow)
            implements PgOutputMessage {}

    /** {@code D}: the key or the whole row that was deleted. */
    record Delete(int relation, OldRow oldKind, TupleData oldRow) implements PgOutputMessage {}

    /** {@code T}: the published tables of one TRUNCATE. */
    record Truncate(boolean cascade, boolean restartIdentity, List<Integer> relations) implements PgOutputMessage {}

    /** {@code M}: {@code pg_logical_emit_message}; sent only where asked for, PostgreSQL 14 and later. */
    record Message(boolean transactional, Lsn lsn, String prefix, byte[] content) implements PgOutputMessage {}

    /**
     * {@code S}: a chunk of a transaction in progress begins, protocol 2 and later. Up to {@link StreamStop} each change
     * carries after its kind the id of its subtransaction, which {@link PgOutput} does not read.
     */
    record StreamStart(int xid, boolean first) implements PgOutputMessage {}

    /** {@code E}: the chunk ends, its transaction does not. */
    record StreamStop() implements PgOutputMessage {}

    /** {@code c}: a transaction that came in chunks has committed. */
    record StreamCommit(int xid, Lsn commitLsn, Lsn endLsn, Instant timestamp) implements PgOutputMessage {}

    /** {@code A}: of a transaction that came in chunks this subtransaction was rolled back; all of it where the ids are equal. */
    record StreamAbort(int xid, int subxid) implements PgOutputMessage {}

    /** {@code b}: a transaction begins that was prepared, and is neither committed nor rolled back yet. */
    record BeginPrepare(int xid, String gid) implements PgOutputMessage {}

    /** What became of a transaction under two-phase commit, protocol 3 and later. */
    sealed interface TwoPhase extends PgOutputMessage {
        /** Its id, the same from PREPARE TRANSACTION to its end. */
        int xid();

        /** Its name, which the application gave it. */
        String gid();
    }

    /** {@code P}, or {@code p} where it came in chunks: it was prepared by the record at this position. */
    record Prepare(int xid, String gid, Lsn prepareLsn, boolean streamed) implements TwoPhase {}

    /** {@code K}: it has committed. */
    record CommitPrepared(int xid, String gid, Lsn commitLsn, Lsn endLsn, Instant timestamp) implements TwoPhase {}

    /** {@code r}: it was rolled back. */
    record RollbackPrepared(int xid, String gid) implements TwoPhase {}

    /**
     * Not from the server: in place of a change that is left out, because it is not decided yet, was rolled back, or was
     * confirmed before. The descriptions right before it were sent for it.
     *
     * @param relation the table of the changed row; 0 if it is no change of a row
     */
    record LeftOut(int relation) implements PgOutputMessage {}

    /** What an update or delete carries of the row before it. */
    enum OldRow {
        /** Nothing: the replica identity's columns did not change. */
        ABSENT,
        /** {@code K}: the replica identity's columns; all others are sent as NULL and mean "not sent". */
        KEY,
        /** {@code O}: all columns, REPLICA IDENTITY FULL. */
        FULL
    }
}
