package io.walwire.event;

import org.jspecify.annotations.Nullable;

/**
 * A table differs from what it was at the change of it that came before: columns were added, dropped, renamed, retyped or
 * joined the replica identity, a type's modifier or the replica identity was changed, the table was renamed or moved to
 * another schema, or it is another table of the same name, which was dropped and recreated (its OID then differs).
 *
 * <p>The event is of the table's new name, and comes also where only the old name is subscribed, then without the change.
 *
 * <p>PostgreSQL does not send DDL. Walwire compares the definitions that precede a table's changes, so the event comes in
 * the transaction of the first change that was made under the new definition, right before that change, and not at all
 * where no change follows; DDL in several steps without a change between is one event. The first change of a table that an
 * instance gets is no schema change, whatever was done to the table before: after a restart nothing is compared with the time
 * before it, and a transaction that comes again then may come without the event. A lost connection is not a restart.
 */
public non-sealed interface SchemaEvent extends Event {
    /**
     * The table as of the change that came before.
     *
     * @return its definition; null where that is not known
     */
    @Nullable
    TableSchema before();

    /**
     * The table as of the change that follows.
     *
     * @return its definition
     */
    TableSchema after();

    /**
     * The transaction of the change that follows.
     *
     * @return its facts, never null
     */
    @Override
    TransactionInfo transaction();
}
