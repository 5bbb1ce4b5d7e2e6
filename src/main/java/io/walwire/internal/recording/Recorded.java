package io.walwire.internal.recording;

import io.walwire.event.Lsn;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.TableFacts;

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
     * @param relation its OID
     * @param facts what it said
     */
    record Table(int relation, TableFacts facts) implements Recorded {}

    /**
     * The server had nothing to send.
     *
     * @param received the position that was known then
     */
    record Position(Lsn received) implements Recorded {}
}
