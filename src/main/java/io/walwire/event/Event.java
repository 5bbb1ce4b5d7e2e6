package io.walwire.event;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened in the database. Immutable, and safe to use from several threads and after the callback; it holds
 * the bytes that PostgreSQL sent, decoded only where they are read.
 *
 * <p>The same event may be delivered again after a failure or a restart; {@link #id()} is then the same.
 */
public interface Event {
    /**
     * The table's name, unquoted and without its schema.
     *
     * @return the name; null for what is of no table, a message or a gap
     */
    @Nullable
    String name();

    /**
     * What happened.
     *
     * @return the kind
     */
    Kind kind();

    /**
     * Database, schema, table and its columns.
     *
     * @return the source; of a message or a gap its table is empty
     */
    Source source();

    /**
     * The change's name for good, the same on redelivery. A message's is its own LSN, with the index 0; a schema change's
     * is that of the change which it precedes, with a negative index, see {@link EventId}.
     *
     * @return the identity
     * @throws IllegalStateException for a {@link Kind#GAP}, which has none
     */
    EventId id();

    /**
     * The row's key. Under replica identity DEFAULT the primary key, under INDEX the index's columns, under FULL and NOTHING
     * the primary key where the table has one, as the catalog has it when the stream describes the table. Of an insert and an
     * update the new values, of a delete the old.
     *
     * <p>Keys are equal, and have the same hash code, where database, schema and table have the same names and the key's columns
     * the same values: in whatever order, format ({@code walwire.binary}), event or run of the program. Values are compared by
     * PostgreSQL's text. The scale of numbers ({@code 1.0} and {@code 1.00}), the blanks at the end of a {@code char(n)} and the
     * white space of JSON make no difference. PostgreSQL holds more texts of other types for equal: two spellings of one
     * {@code citext} are two keys here. {@code latestPerKey} of handlers and watches follows the same rule. A key keeps the bytes of
     * its row in memory.
     *
     * @return the key's columns alone; null where a publication leaves out a part of the key, where the table has none, where
     *     a partition's replica identity leaves out a part of it, and for a kind that is not about a row
     */
    @Nullable
    Row key();

    /**
     * The row after an insert or update. An unchanged TOASTed value is taken from the old row where that carries it.
     *
     * @return the row; null for every other kind
     */
    @Nullable
    Row newRecord();

    /**
     * What the replica identity carries of the row before an update or delete. (The JSON leaves an update's out unless
     * {@code walwire.old-record} is true.)
     *
     * @return what is known of the old row; null where nothing is, and for every other kind
     */
    @Nullable
    Row oldRecord();

    /**
     * What an update is known to have changed.
     *
     * @return the changes; null for every other kind, and where nothing of the old row is known or its key alone is known
     *     and equal. Null means not known, never unchanged.
     */
    @Nullable
    Changes changes();

    /**
     * Whether an update is known to have changed a column.
     *
     * @param column its name
     * @return false also where that is not known, see {@link #changes()}
     */
    default boolean changed(String column) {
        Changes changes = changes();
        return changes != null && changes.contains(column);
    }

    /**
     * The columns of {@link #newRecord()} whose value PostgreSQL did not send, unchanged TOASTed values.
     *
     * @return their names, mostly empty
     */
    List<String> unavailable();

    /**
     * The options of a {@link Kind#TRUNCATE}.
     *
     * @return the options; null for every other kind
     */
    @Nullable
    Truncate truncate();

    /**
     * The {@link Kind#GAP}'s bounds and reason.
     *
     * @return the gap; null for every other kind
     */
    @Nullable
    Gap gap();

    /**
     * The {@link Kind#MESSAGE}'s prefix and content.
     *
     * @return the message; null for every other kind
     */
    @Nullable
    LogicalMessage message();

    /**
     * The {@link Kind#SCHEMA}'s definitions of the table.
     *
     * @return what the table was and is; null for every other kind
     */
    @Nullable
    SchemaChange schemaChange();

    /**
     * Who did it: the JSON of the transaction's message with the prefix {@code walwire.context}, which an application emits
     * before the changes that it describes. Of a large transaction that is delivered in parts, known from the part on in
     * which it was emitted.
     *
     * <p>Any role can emit one, so it is a hint and no proof. Content that is not JSON, is longer than 64 KiB, or holds a number
     * of more digits than PostgreSQL's {@code numeric} is no context. Emit it before any savepoint: with
     * {@code walwire.streaming} a message of a savepoint that was rolled back may be sent, and then counts.
     *
     * @return the JSON as the application emitted it; null where there is none
     */
    @Nullable
    String context();

    /**
     * When the transaction committed, by the server's clock.
     *
     * @return the time; null for a gap and for a message that is not transactional
     */
    @Nullable
    Instant timestamp();

    /**
     * The transaction id: an unsigned 32-bit number that wraps around, or with {@code walwire.source=triggers} all 64 bits of it.
     *
     * @return the id; 0 for a gap and for a message that is not transactional
     */
    long xid();

    /**
     * The LSN of the commit record.
     *
     * @return the position; null for a gap, for a message that is not transactional, and with
     *     {@code walwire.source=triggers}, which reads no log
     */
    @Nullable
    Lsn commitLsn();

    /**
     * Where the commit record ends, which is what gets confirmed.
     *
     * @return the position; null for a gap, for a message that is not transactional, in a part of a large transaction delivered before its commit
     *     was read, and with {@code walwire.source=triggers}
     */
    @Nullable
    Lsn endLsn();

    /**
     * The change's place in its transaction, from 0, as PostgreSQL sent it, before any filter of Walwire.
     *
     * @return the index; for what takes none 0 (a message, a gap), or a negative number (a schema change, as in its
     *     {@link EventId})
     */
    long index();

    /**
     * The name of the replication origin that the transaction came from.
     *
     * @return the name; null where the change was made here
     */
    @Nullable
    String origin();

    /**
     * An event that keeps alive only its own bytes, for those who keep events for long.
     *
     * @return an equal event, maybe this one
     */
    Event detach();

    /**
     * The event as one line of JSON. Every value prints, also those that no Java type holds.
     *
     * @return a JSON object without a line break
     */
    String toJson();
}
