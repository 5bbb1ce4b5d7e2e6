package io.walwire.handler;

import io.walwire.event.Condition;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.RowEvent;
import io.walwire.event.Transaction;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Which events a handler wants; also a predicate to use anywhere. Combine with {@link #and}, {@link #or} and
 * {@link #negate}. A filter never drops an event because something is not known: see each.
 *
 * <p>The filters of this interface have three answers: keep, drop, and not known. Combinations compute with all three (SQL's
 * logic: the opposite of not known is not known), and only the last answer of all, where it is not known, is to keep the event. A
 * predicate of your own has two answers, also where it calls {@link #test} of a filter: combine filters by their methods.
 */
@FunctionalInterface
public interface Filter extends Predicate<Event> {
    /** Keeps every event. */
    Filter ALL = event -> true;

    /**
     * Whether the event is kept.
     *
     * @param event the event
     * @return true to keep it
     */
    @Override
    boolean test(Event event);

    /**
     * Whether the filter compares old values, so that it is only exact where the table's replica identity is FULL. Where it
     * is not, start-up logs the {@code ALTER TABLE} that helps, and events are kept in doubt.
     *
     * @return false unless the filter says otherwise
     */
    default boolean readsOldValues() {
        return false;
    }

    /**
     * The conditions that the filter is made of. A handler's are compared with its tables: a column that a table does not have, or
     * a value that the column cannot hold, is logged once.
     *
     * @return none unless the filter says otherwise; unmodifiable
     */
    default List<Condition> conditions() {
        return List.of();
    }

    /**
     * Whether any event of a transaction is kept.
     *
     * @param transaction the transaction or part
     * @return true if at least one is
     */
    default boolean matchesAny(Transaction transaction) {
        return transaction.events().stream().anyMatch(this);
    }

    /**
     * Both must keep the event.
     *
     * @param other the other filter
     * @return the combination
     */
    @Override
    default Filter and(Predicate<? super Event> other) {
        return new Filters.Both(this, other);
    }

    /**
     * One of both must keep the event.
     *
     * @param other the other filter
     * @return the combination
     */
    @Override
    default Filter or(Predicate<? super Event> other) {
        return new Filters.Either(this, other);
    }

    /**
     * Keeps what this drops, and what is not known.
     *
     * @return the opposite
     */
    @Override
    default Filter negate() {
        return new Filters.Opposite(this);
    }

    /**
     * Drops an update that is known to have changed nothing but these columns (or nothing at all); inserts, deletes and
     * truncates are kept. An update whose old values are unknown is kept: only REPLICA IDENTITY FULL makes them known.
     *
     * @param columns columns not worth an event
     * @return the filter
     */
    static Filter unwatchedFields(String... columns) {
        return unwatchedFields(List.of(columns));
    }

    /**
     * As {@link #unwatchedFields(String...)}.
     *
     * @param columns columns not worth an event
     * @return the filter
     */
    static Filter unwatchedFields(Collection<String> columns) {
        return new Filters.UnwatchedFields(Set.copyOf(columns));
    }

    /**
     * Drops an event whose row has all of these values: of an insert or update the new row, of a delete the old. A column
     * that the table does not have or whose value was not sent does not match, so that the event is kept. Values are
     * compared as {@link io.walwire.event.Row#hasValue} does; one that the column's type cannot hold does not match, and is logged
     * once.
     *
     * @param values column to value; all of them must match; an empty map drops nothing
     * @return the filter
     */
    static Filter unwatchedRecords(Map<String, ?> values) {
        return unwatchedRecords(List.of(values));
    }

    /**
     * Drops an event whose row matches one of several maps, each as {@link #unwatchedRecords(Map)}.
     *
     * @param anyOf the maps; one that is empty drops nothing
     * @return the filter
     */
    static Filter unwatchedRecords(List<? extends Map<String, ?>> anyOf) {
        return Filters.UnwatchedRecords.of(anyOf);
    }

    /**
     * Keeps inserts, updates and deletes that a predicate accepts, and every event that is not about a row.
     *
     * @param predicate called with each row event
     * @return the filter
     */
    static Filter where(Predicate<? super RowEvent<?>> predicate) {
        return new Filters.Where(predicate);
    }

    /**
     * Keeps events for which a condition holds or is not known. It is not known for truncates, for example.
     *
     * @param condition the condition
     * @return the filter
     */
    static Filter of(Condition condition) {
        return new Filters.Of(condition);
    }

    /**
     * Keeps updates that changed one of these columns, updates that may have changed one, and every event that is not an
     * update. An unchanged TOASTed value, which PostgreSQL does not send, is known not to have changed.
     * {@code Condition.column("name").changed()} keeps only updates.
     *
     * @param columns the columns
     * @return the filter
     */
    static Filter changed(String... columns) {
        return new Filters.Changed(Stream.of(columns)
                .<Condition>map(column -> Condition.column(column).changed())
                .toList());
    }

    /**
     * Keeps events of one kind.
     *
     * @param kind the kind
     * @return the filter
     */
    static Filter kind(Kind kind) {
        return event -> event.kind() == kind;
    }

    /**
     * Keeps events of a relation.
     *
     * @param relation {@code *} or nothing for any, {@code schema}, or {@code schema.table}; either may be {@code *}. Names that hold
     *     dots or quotes are written literally as {@code schema:table}
     * @return the filter
     * @throws IllegalArgumentException if there are more parts than two, or quotes without a colon
     */
    static Filter relation(String relation) {
        return Filters.relation(relation);
    }

    /**
     * Keeps inserts of a table.
     *
     * @param table {@code table} in schema public, {@code schema.table}, or literally {@code schema:table}
     * @return the filter
     */
    static Filter insertOf(String table) {
        return kind(Kind.INSERT).and(Filters.table(table));
    }

    /**
     * Keeps updates of a table.
     *
     * @param table {@code table} in schema public, {@code schema.table}, or literally {@code schema:table}
     * @return the filter
     */
    static Filter updateOf(String table) {
        return kind(Kind.UPDATE).and(Filters.table(table));
    }

    /**
     * Keeps deletes of a table.
     *
     * @param table {@code table} in schema public, {@code schema.table}, or literally {@code schema:table}
     * @return the filter
     */
    static Filter deleteOf(String table) {
        return kind(Kind.DELETE).and(Filters.table(table));
    }
}
