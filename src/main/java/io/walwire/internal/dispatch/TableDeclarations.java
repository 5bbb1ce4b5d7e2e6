package io.walwire.internal.dispatch;

import io.walwire.event.BackfilledEvent;
import io.walwire.event.ChangeEvent;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.ReadEvent;
import io.walwire.event.RowEvent;
import io.walwire.event.SchemaEvent;
import io.walwire.event.TruncateEvent;
import io.walwire.handler.AsyncCallback;
import io.walwire.handler.Callback;
import io.walwire.handler.Filter;
import io.walwire.handler.TableEvents;
import io.walwire.internal.dispatch.Route.Target;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReceivedRead;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The declarations of one chain. */
final class TableDeclarations<T> implements TableEvents<T> {
    private final RegisteredHandler owner;
    private final List<Route<?>> routes;
    private final @Nullable TableName table;
    private final Route.RowReader<T> rows;
    private Filter filter = Filter.ALL;
    private boolean latest;

    /**
     * A chain without declarations.
     *
     * @param owner whose they are
     * @param routes where they are added, in order
     * @param table the table; null for all
     * @param rows what its rows are read as
     */
    TableDeclarations(
            RegisteredHandler owner, List<Route<?>> routes, @Nullable TableName table, Route.RowReader<T> rows) {
        this.owner = owner;
        this.routes = routes;
        this.table = table;
        this.rows = rows;
    }

    @Override
    public TableEvents<T> filter(Filter next) {
        filter = filter == Filter.ALL ? Objects.requireNonNull(next, "filter") : filter.and(next);
        return this;
    }

    @Override
    public TableEvents<T> latestPerKey() {
        latest = true;
        return this;
    }

    @Override
    public TableEvents<T> batch(int size, Duration delay, Callback<List<ChangeEvent<T>>> callback) {
        if (size < 1 || delay.isNegative()) {
            throw new IllegalArgumentException(
                    "A batch has a size of 1 or more and a delay of 0 or more, not " + size + " and " + delay);
        }
        Objects.requireNonNull(callback, "callback");
        return add("batch", null, rows::change, Target.batch(new Route.Batching(size, delay), callback));
    }

    @Override
    public TableEvents<T> onInsert(Callback<RowEvent<T>> callback) {
        return single("onInsert", Kind.INSERT, rows::row, callback);
    }

    @Override
    public TableEvents<T> onUpdate(Callback<RowEvent<T>> callback) {
        return single("onUpdate", Kind.UPDATE, rows::row, callback);
    }

    @Override
    public TableEvents<T> onDelete(Callback<RowEvent<T>> callback) {
        return single("onDelete", Kind.DELETE, rows::row, callback);
    }

    @Override
    public TableEvents<T> onChange(Callback<ChangeEvent<T>> callback) {
        return single("onChange", null, rows::change, callback);
    }

    @Override
    public TableEvents<T> onInsertAsync(AsyncCallback<RowEvent<T>> callback) {
        return async("onInsertAsync", Kind.INSERT, rows::row, callback);
    }

    @Override
    public TableEvents<T> onUpdateAsync(AsyncCallback<RowEvent<T>> callback) {
        return async("onUpdateAsync", Kind.UPDATE, rows::row, callback);
    }

    @Override
    public TableEvents<T> onDeleteAsync(AsyncCallback<RowEvent<T>> callback) {
        return async("onDeleteAsync", Kind.DELETE, rows::row, callback);
    }

    @Override
    public TableEvents<T> onChangeAsync(AsyncCallback<ChangeEvent<T>> callback) {
        return async("onChangeAsync", null, rows::change, callback);
    }

    @Override
    public TableEvents<T> onInserts(Callback<List<RowEvent<T>>> callback) {
        return runs("onInserts", Kind.INSERT, rows::row, callback);
    }

    @Override
    public TableEvents<T> onUpdates(Callback<List<RowEvent<T>>> callback) {
        return runs("onUpdates", Kind.UPDATE, rows::row, callback);
    }

    @Override
    public TableEvents<T> onDeletes(Callback<List<RowEvent<T>>> callback) {
        return runs("onDeletes", Kind.DELETE, rows::row, callback);
    }

    @Override
    public TableEvents<T> onChanges(Callback<List<ChangeEvent<T>>> callback) {
        return runs("onChanges", null, rows::change, callback);
    }

    @Override
    public TableEvents<T> onRead(Callback<ReadEvent<T>> callback) {
        return single("onRead", Kind.READ, event -> rows.read((ReceivedRead) event), callback);
    }

    @Override
    public TableEvents<T> onReads(Callback<List<ReadEvent<T>>> callback) {
        return runs("onReads", Kind.READ, event -> rows.read((ReceivedRead) event), callback);
    }

    @Override
    public TableEvents<T> onUpsert(Callback<RowEvent<T>> callback) {
        return upserts("onUpsert", Target.single(Objects.requireNonNull(callback, "callback")));
    }

    @Override
    public TableEvents<T> onUpserts(Callback<List<RowEvent<T>>> callback) {
        return upserts("onUpserts", Target.runs(Objects.requireNonNull(callback, "callback")));
    }

    @Override
    public TableEvents<T> onBackfilled(Callback<BackfilledEvent> callback) {
        return single("onBackfilled", Kind.BACKFILLED, event -> (BackfilledEvent) event.event(), callback);
    }

    @Override
    public TableEvents<T> onTruncate(Callback<TruncateEvent<T>> callback) {
        return single("onTruncate", Kind.TRUNCATE, rows::truncate, callback);
    }

    @Override
    public TableEvents<T> onSchema(Callback<SchemaEvent> callback) {
        return single("onSchema", Kind.SCHEMA, event -> (SchemaEvent) event.event(), callback);
    }

    @Override
    public TableEvents<T> parallel(Callback<RowEvent<T>> function) {
        return add("parallel", null, rows::row, Target.parallel(Objects.requireNonNull(function, "function")));
    }

    private <E extends Event> TableEvents<T> single(
            String verb, @Nullable Kind kind, Route.View<E> view, Callback<E> callback) {
        return add(verb, kind, view, Target.single(Objects.requireNonNull(callback, "callback")));
    }

    private <E extends Event> TableEvents<T> async(
            String verb, @Nullable Kind kind, Route.View<E> view, AsyncCallback<E> callback) {
        return add(verb, kind, view, Target.async(Objects.requireNonNull(callback, "callback")));
    }

    private <E extends Event> TableEvents<T> runs(
            String verb, @Nullable Kind kind, Route.View<E> view, Callback<List<E>> callback) {
        return add(verb, kind, view, Target.runs(Objects.requireNonNull(callback, "callback")));
    }

    private <E extends Event> TableEvents<T> add(
            String verb, @Nullable Kind kind, Route.View<E> view, Target<E> target) {
        return declare(verb, selection(kind, false), view, target);
    }

    private TableEvents<T> upserts(String verb, Target<RowEvent<T>> target) {
        return declare(verb, selection(null, true), rows::row, target);
    }

    private Route.Selection selection(@Nullable Kind kind, boolean upserts) {
        ConditionCheck conditions = new ConditionCheck(owner.name(), filter.conditions(), table == null);
        return new Route.Selection(table, kind, upserts, filter, conditions, latest);
    }

    private <E extends Event> TableEvents<T> declare(
            String verb, Route.Selection selection, Route.View<E> view, Target<E> target) {
        String declaration = "table " + (routes.size() + 1) + ' ' + verb + ' ' + (table == null ? "*" : table);
        routes.add(new Route<>(owner, declaration, selection, rows, view, target));
        return this;
    }
}
