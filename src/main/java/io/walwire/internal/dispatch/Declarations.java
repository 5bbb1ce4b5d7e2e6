package io.walwire.internal.dispatch;

import io.walwire.event.GapEvent;
import io.walwire.event.Kind;
import io.walwire.event.LogicalMessage;
import io.walwire.event.MessageEvent;
import io.walwire.event.Row;
import io.walwire.event.Transaction;
import io.walwire.handler.Callback;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Filter;
import io.walwire.handler.Handlers;
import io.walwire.handler.TableEvents;
import io.walwire.internal.mapping.RecordMapper;
import io.walwire.internal.text.TableName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What one handler declared. */
public final class Declarations implements Handlers {
    private final EventHandler handler;
    private final RegisteredHandler owner;
    private final List<Route<?>> routes = new ArrayList<>();
    private final List<DeclaredCallback<Transaction>> transactions = new ArrayList<>();
    private final List<DeclaredCallback<GapEvent>> gaps = new ArrayList<>();
    private final List<OfPrefix> messages = new ArrayList<>();

    /** What is called with messages of a prefix, or of all where it is null. */
    private record OfPrefix(@Nullable String prefix, DeclaredCallback<MessageEvent> callback) {}

    private Declarations(EventHandler handler, RegisteredHandler owner) {
        this.handler = handler;
        this.owner = owner;
    }

    /** Asks a handler that has a name of its own what it listens to. */
    public static Declarations of(EventHandler handler, FailurePolicy policy) {
        return of(handler, handler.handlerName(), policy);
    }

    /**
     * Asks a handler what it listens to.
     *
     * @param handler whose {@code define} is called, now
     * @param name its name in messages and dead letters
     * @param policy what happens when it fails
     * @return what it declared
     */
    public static Declarations of(EventHandler handler, String name, FailurePolicy policy) {
        Declarations declarations = new Declarations(handler, new RegisteredHandler(name, policy));
        handler.define(declarations);
        return declarations;
    }

    EventHandler handler() {
        return handler;
    }

    RegisteredHandler owner() {
        return owner;
    }

    /**
     * One declaration of the handler, to be called alone. Where the handler does not declare the same any more, all of that
     * sort: those of tables, of transactions, of messages or of gaps.
     *
     * @param kept the declaration's name as a dead letter has it, which a former version may have written
     */
    Declarations only(String kept) {
        String declaration = FormerDeclarations.today(kept);
        String sort = declaration.substring(0, Math.max(0, declaration.indexOf(' ') + 1));
        Declarations exact = matching(declaration::equals);
        return exact.isEmpty() ? matching(name -> name.startsWith(sort)) : exact;
    }

    private Declarations matching(Predicate<String> name) {
        Declarations matching = new Declarations(handler, owner);
        routes.stream().filter(route -> name.test(route.declaration())).forEach(matching.routes::add);
        transactions.stream().filter(of -> name.test(of.declaration())).forEach(matching.transactions::add);
        gaps.stream().filter(of -> name.test(of.declaration())).forEach(matching.gaps::add);
        messages.stream().filter(of -> name.test(of.callback().declaration())).forEach(matching.messages::add);
        return matching;
    }

    boolean isEmpty() {
        return routes.isEmpty() && transactions.isEmpty() && gaps.isEmpty() && messages.isEmpty();
    }

    /** The tables that the handler names. */
    public Set<TableName> tables() {
        return tables(route -> true);
    }

    /** The tables that the handler names with a filter that reads old values. */
    public Set<TableName> tablesReadForOldValues() {
        return tables(route -> route.filter().readsOldValues());
    }

    private Set<TableName> tables(Predicate<Route<?>> wanted) {
        Set<TableName> tables = new LinkedHashSet<>();
        for (Route<?> route : routes) {
            if (route.table() != null && wanted.test(route)) {
                tables.add(route.table());
            }
        }
        return tables;
    }

    /** Whether the handler reads old values of whatever table is subscribed. */
    public boolean readsOldValuesOfAllTables() {
        return routes.stream()
                .anyMatch(route -> route.table() == null && route.filter().readsOldValues());
    }

    /** Whether the handler gets rows of a table that are read. */
    public boolean hearsReads(TableName table) {
        return reading(table).findAny().isPresent();
    }

    /** Whether each declaration that gets rows of a table that are read gets every insert and update, or the handler does. */
    public boolean hearsEveryRow(TableName table) {
        boolean inserts = hearsEvery(table, Kind.INSERT);
        boolean updates = hearsEvery(table, Kind.UPDATE);
        return reading(table)
                .allMatch(route ->
                        route.filter() == Filter.ALL && (route.selection().upserts() || (inserts && updates)));
    }

    private Stream<Route<?>> reading(TableName table) {
        return routes.stream().filter(route -> route.takesReads() && route.isOf(table.schema(), table.table()));
    }

    private boolean hearsEvery(TableName table, Kind kind) {
        return routes.stream()
                .anyMatch(route -> route.isOf(table.schema(), table.table())
                        && route.filter() == Filter.ALL
                        && !route.selection().upserts()
                        && (route.kind() == null || route.kind() == kind));
    }

    List<Route<?>> routes() {
        return routes;
    }

    /** Whether the handler wants events of several transactions in one call. */
    public boolean hasBatches() {
        return routes.stream().anyMatch(route -> route.batching() != null);
    }

    /** Whether the handler has calls that are done when their stages complete. */
    public boolean hasAsync() {
        return routes.stream().anyMatch(Route::isAsync);
    }

    /** The handler's name. */
    public String name() {
        return owner.name();
    }

    List<DeclaredCallback<Transaction>> transactions() {
        return transactions;
    }

    /** What is called with a message. */
    List<DeclaredCallback<MessageEvent>> messages(LogicalMessage message) {
        return messages.stream()
                .filter(of -> of.prefix() == null || of.prefix().equals(message.prefix()))
                .map(OfPrefix::callback)
                .toList();
    }

    List<DeclaredCallback<GapEvent>> gaps() {
        return gaps;
    }

    @Override
    public TableEvents<Row> table(String table) {
        return new TableDeclarations<>(owner, routes, TableName.parse(table), Route.PLAIN);
    }

    @Override
    public <T extends Record> TableEvents<T> table(String table, Class<T> record) {
        return new TableDeclarations<>(
                owner, routes, TableName.parse(table), new Route.Mapped<>(RecordMapper.of(record)));
    }

    @Override
    public TableEvents<Row> allTables() {
        return new TableDeclarations<>(owner, routes, null, Route.PLAIN);
    }

    @Override
    public Handlers onTransaction(Callback<Transaction> callback) {
        transactions.add(named("transaction", transactions.size(), callback));
        return this;
    }

    @Override
    public Handlers onMessage(String prefix, Callback<MessageEvent> callback) {
        messages.add(
                new OfPrefix(Objects.requireNonNull(prefix, "prefix"), named("message", messages.size(), callback)));
        return this;
    }

    @Override
    public Handlers onMessage(Callback<MessageEvent> callback) {
        messages.add(new OfPrefix(null, named("message", messages.size(), callback)));
        return this;
    }

    @Override
    public Handlers onGap(Callback<GapEvent> callback) {
        gaps.add(named("gap", gaps.size(), callback));
        return this;
    }

    private static <E> DeclaredCallback<E> named(String what, int before, Callback<E> callback) {
        return new DeclaredCallback<>(what + ' ' + (before + 1), Objects.requireNonNull(callback, "callback"));
    }
}
