package io.walwire.internal.dispatch;

import io.walwire.event.ChangeEvent;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.ReadEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.event.TruncateEvent;
import io.walwire.handler.AsyncCallback;
import io.walwire.handler.Callback;
import io.walwire.handler.Filter;
import io.walwire.internal.mapping.RecordMapper;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReceivedBackfilled;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.ReceivedRead;
import io.walwire.internal.transaction.ReceivedRow;
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
 * @param selection which events it takes
 * @param rows what its rows are read as
 * @param view an event as the callback gets it
 * @param target what is called
 */
record Route<E extends Event>(
        RegisteredHandler owner,
        String declaration,
        Selection selection,
        RowReader<?> rows,
        View<E> view,
        Target<E> target) {
    /**
     * Which events a declaration takes.
     *
     * @param table the table, null for all
     * @param kind the kind of event; null for all that are changes
     * @param upserts whether reads, inserts and updates are taken, in place of a kind
     * @param filter what is let through
     * @param conditions compares the filter's conditions with the tables
     * @param latest whether of the events of each key only the latest is handed over
     */
    record Selection(
            @Nullable TableName table,
            @Nullable Kind kind,
            boolean upserts,
            Filter filter,
            ConditionCheck conditions,
            boolean latest) {}

    /**
     * What is called. One of the callbacks is there.
     *
     * @param runs called with runs
     * @param single called with the events of a run one by one
     * @param async called with the events of a run one by one, and done when its stages complete
     * @param parallel whether {@code single} is a function, which is called on the function threads
     * @param batching how runs of several transactions are gathered for {@code runs}; null if they are not
     */
    record Target<E>(
            @Nullable Callback<List<E>> runs,
            @Nullable Callback<E> single,
            @Nullable AsyncCallback<E> async,
            boolean parallel,
            @Nullable Batching batching) {
        static <E> Target<E> runs(Callback<List<E>> callback) {
            return new Target<>(callback, null, null, false, null);
        }

        static <E> Target<E> single(Callback<E> callback) {
            return new Target<>(null, callback, null, false, null);
        }

        static <E> Target<E> async(AsyncCallback<E> callback) {
            return new Target<>(null, null, callback, false, null);
        }

        static <E> Target<E> parallel(Callback<E> function) {
            return new Target<>(null, function, null, true, null);
        }

        static <E> Target<E> batch(Batching batching, Callback<List<E>> callback) {
            return new Target<>(callback, null, null, false, batching);
        }
    }

    @Nullable
    TableName table() {
        return selection.table();
    }

    @Nullable
    Kind kind() {
        return selection.kind();
    }

    Filter filter() {
        return selection.filter();
    }

    @Nullable
    Batching batching() {
        return target.batching();
    }

    /** Whether its calls are done when their stages complete. */
    boolean isAsync() {
        return target.async() != null;
    }

    boolean isOf(String schema, String name) {
        TableName table = table();
        return table == null || (table.schema().equals(schema) && table.table().equals(name));
    }

    /** Checks once whether the route fits a table of its name. */
    void check(Table table) {
        selection.conditions().check(table);
    }

    /** Whether an event of a table of this route belongs into its runs; if not, it ends the one that is open. */
    boolean takes(ReceivedChange event) {
        Kind of = event.kind();
        if ((event instanceof ReceivedRead read && !read.isFor(owner.name()))
                || (event instanceof ReceivedBackfilled done && !done.isFor(owner.name()))) {
            return false;
        }
        if (selection.upserts()) {
            return of == Kind.READ || of == Kind.INSERT || of == Kind.UPDATE;
        }
        return kind() == null ? of.isRowChange() || (of == Kind.TRUNCATE && !target.parallel()) : kind() == of;
    }

    /** Whether it takes rows that were read. */
    boolean takesReads() {
        return selection.upserts() || kind() == Kind.READ;
    }

    /** What it takes, for messages. */
    String taken() {
        Kind of = kind();
        return selection.upserts() ? "upsert" : of == null ? "change" : of.jsonName();
    }

    /** Whether an event that the route takes passes its filter; what changes the table itself passes any. */
    boolean accepts(ReceivedChange event) {
        return event.kind() == Kind.SCHEMA || event.kind() == Kind.BACKFILLED || filter().test(event.event());
    }

    /** Whether an event that the route does not take ends its run. */
    boolean isEndedByOthers() {
        return kind() != null || selection.upserts();
    }

    /** What of its events is handed over. */
    List<E> delivered(List<E> events) {
        return Collections.unmodifiableList(selection.latest() ? LatestPerKey.of(events) : events);
    }

    /**
     * When what is gathered is handed over.
     *
     * @param size after how many events
     * @param delay how long after the first, by the latest
     */
    record Batching(int size, Duration delay) {}

    /** An event as a callback gets it. */
    interface View<E> {
        E of(ReceivedChange event);
    }

    /** How an event shows its row to callbacks. */
    interface RowReader<T> {
        RowEvent<T> row(ReceivedRow event);

        /** A read. */
        ReadEvent<T> read(ReceivedRead event);

        /** A row event. */
        default RowEvent<T> row(ReceivedChange event) {
            return row((ReceivedRow) event);
        }

        /** A row event or a truncate. */
        default ChangeEvent<T> change(ReceivedChange event) {
            return event instanceof ReceivedRow row ? row(row) : truncate(event);
        }

        /** It has no row, so that it fits whatever rows are read as. */
        @SuppressWarnings("unchecked")
        default TruncateEvent<T> truncate(ReceivedChange event) {
            return (TruncateEvent<T>) event.event();
        }
    }

    /** Rows as they are: the event itself. */
    static final RowReader<Row> PLAIN = new RowReader<>() {
        @Override
        public RowEvent<Row> row(ReceivedRow event) {
            return event;
        }

        @Override
        public ReadEvent<Row> read(ReceivedRead event) {
            return event;
        }
    };

    /** Rows as a record. */
    record Mapped<R extends Record>(RecordMapper<R> mapper) implements RowReader<R> {
        @Override
        public RowEvent<R> row(ReceivedRow event) {
            return event instanceof ReceivedRead read ? read(read) : new MappedEvent<>(event, mapper);
        }

        @Override
        public ReadEvent<R> read(ReceivedRead event) {
            return new MappedRead<>(event, mapper);
        }
    }
}
