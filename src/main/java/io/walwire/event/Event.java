package io.walwire.event;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened in the database. It is one of these types, each with what belongs to it:
 *
 * <ul>
 *   <li>{@link RowEvent}: a row was inserted, updated or deleted
 *   <li>{@link TruncateEvent}: a table was emptied; together with the row events a {@link ChangeEvent}
 *   <li>{@link SchemaEvent}: a table's definition changed
 *   <li>{@link BackfilledEvent}: all rows of a table that existed were read
 *   <li>{@link MessageEvent}: a logical message
 *   <li>{@link GapEvent}: continuity was lost
 * </ul>
 *
 * <p>Immutable, and safe to use from several threads and after the callback. An event holds the bytes that PostgreSQL sent,
 * and decodes them only where they are read. The same event may be delivered again after a failure or a restart;
 * {@link #id()} is then the same.
 */
public sealed interface Event permits ChangeEvent, SchemaEvent, BackfilledEvent, MessageEvent, GapEvent {
    /**
     * What happened.
     *
     * @return the kind
     */
    Kind kind();

    /**
     * Database, schema, table and its columns.
     *
     * @return the source; of a message or a gap its schema and table are empty
     */
    Source source();

    /**
     * The change's name for good, the same on redelivery. Its index is the change's place in its transaction, from 0, as
     * PostgreSQL sent it, before any filter of Walwire. A message's id is its own LSN, with the index 0; a schema change's
     * is that of the change which it precedes, with a negative index, see {@link EventId}.
     *
     * @return the identity
     * @throws IllegalStateException for a {@link GapEvent}, which has none
     */
    EventId id();

    /**
     * The transaction that the event belongs to.
     *
     * @return its facts; null for a gap and for a message that is not transactional, never null for any other event
     */
    @Nullable
    TransactionInfo transaction();

    /**
     * An event that keeps alive only its own bytes, for code that keeps events for long.
     *
     * @return an equal event, maybe this one
     */
    Event detach();

    /**
     * The event as one line of JSON. Every value prints, including values that no Java type can hold.
     *
     * @return a JSON object without a line break
     */
    String toJson();

    /**
     * Writes what {@link #toJson()} returns, in UTF-8 and without a line break after it. For many events this is faster, since no
     * {@code String} is made. The stream is neither flushed nor closed.
     *
     * @param out gets the bytes, most often in one call
     * @throws IOException if the stream does not take them
     */
    default void writeJson(OutputStream out) throws IOException {
        out.write(toJson().getBytes(StandardCharsets.UTF_8));
    }
}
