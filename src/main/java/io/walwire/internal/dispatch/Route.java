package io.walwire.internal.dispatch;

import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.Callback;
import io.walwire.handler.Filter;
import io.walwire.internal.mapping.RecordMapper;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ChangeEvent;
import io.walwire.internal.transaction.Table;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One declaration of a handler: which events, and what is called with them.
 *
 * @param owner whose it is
 * @param declaration what it is called, the same whenever the handler declares the same
 * @param table the table, null for all
 * @param kind the kind of event; null for all that are about rows
 * @param filter what is let through
 * @param rows what makes rows of the kind that the callback wants
 * @param callback called with runs; it or one of the next two is there, the others are null
 * @param single called with the events of a run one by one
 * @param function called with each event on the function threads
 * @param batching how runs of several transactions are gathered for the callback; null if they are not
 * @param latest whether of the events of each key only the latest is handed over
 */
record Route<T>(
        RegisteredHandler owner,
        String declaration,
        @Nullable TableName table,
        @Nullable Kind kind,
        Filter filter,
        RowReader<T> rows,
        @Nullable Callback<List<RowEvent<T>>> callback,
        @Nullable Callback<RowEvent<T>> single,
        @Nullable Callback<RowEvent<T>> function,
        @Nullable Batching batching,
        boolean latest) {
    boolean isOf(String schema, String name) {
        return table == null || (table.schema().equals(schema) && table.table().equals(name));
    }

    /** Whether an event of a table of this route belongs into its runs; if not, it ends the one that is open. */
    boolean takes(Kind of) {
        return kind == null ? of.isRow() || (of == Kind.TRUNCATE && function == null) : kind == of;
    }

    /** Whether an event that the route takes passes its filter; what changes the table itself passes any. */
    boolean accepts(ChangeEvent event) {
        return event.kind() == Kind.SCHEMA || filter.test(event);
    }

    /** Whether an event that the route does not take ends its run. */
    boolean isEndedByOthers() {
        return kind != null;
    }

    /** What of its events is handed over. */
    List<RowEvent<T>> delivered(List<RowEvent<T>> events) {
        return Collections.unmodifiableList(latest ? LatestPerKey.of(events) : events);
    }

    /**
     * When what is gathered is handed over.
     *
     * @param size after how many events
     * @param delay how long after the first, by the latest
     */
    record Batching(int size, Duration delay) {}

    /** How an event shows its row to the callback. */
    interface RowReader<T> {
        RowEvent<T> view(ChangeEvent event);

        /** Checks once that the rows of a table can be read so. */
        default void check(Table table) {}
    }

    /** Rows as they are: the event itself. */
    static final RowReader<Row> PLAIN = event -> event;

    /** Rows as a record. */
    record Mapped<R extends Record>(RecordMapper<R> mapper) implements RowReader<R> {
        @Override
        public RowEvent<R> view(ChangeEvent event) {
            return new MappedEvent<>(event, mapper);
        }

        @Override
        public void check(Table table) {
            mapper.check(table.qualifiedName(), table.typesByColumn());
        }
    }
}
