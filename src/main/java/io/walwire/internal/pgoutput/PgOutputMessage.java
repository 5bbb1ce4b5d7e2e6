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
