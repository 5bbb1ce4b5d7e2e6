package io.walwire.internal.recording;

import io.walwire.event.Lsn;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.ReadRows;
import io.walwire.internal.transaction.TableFacts;
import org.jspecify.annotations.Nullable;

/** One line of a recording. */
public sealed interface Recorded {
    /**
     * A connection began.
     *
     * @param database the database's name
     * @param start where, and in which history
     */
    record Stream(String database, StreamStart start) implements Recorded {}

    /**
     * The server sent a message.
     *
     * @param bytes the payload of one XLogData
     * @param received the position that was known then
     */
    record Frame(byte[] bytes, Lsn received) implements Recorded {}

    /**
     * The catalog was asked for a table.
     *
     * @param oid the table's
     * @param relation its description, for which it was asked; null in what older builds recorded
     * @param facts what it said
     */
    record Table(int oid, @Nullable Relation relation, TableFacts facts) implements Recorded {}

    /**
     * Rows that were read beside the stream had their place here.
     *
     * @param rows the rows
     */
    record Rows(ReadRows rows) implements Recorded {}

    /**
     * The server had nothing to send.
     *
     * @param received the position that was known then
     */
    record Position(Lsn received) implements Recorded {}
}
