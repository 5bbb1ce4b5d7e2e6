package io.walwire.internal.engine;

import io.walwire.internal.dispatch.Declarations;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.source.HandledTables;
import io.walwire.internal.source.WantedTables;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The tables of a running instance's subscriptions and handlers. */
record Wanted(LiveSubscriptions subscriptions, Dispatcher dispatcher) implements WantedTables {
    /** The tables of handlers. */
    static HandledTables of(Collection<Declarations> handlers) {
        Set<TableName> named = new LinkedHashSet<>();
        Set<TableName> compared = new LinkedHashSet<>();
        boolean comparesAll = false;
        for (Declarations handler : handlers) {
            named.addAll(handler.tables());
            compared.addAll(handler.tablesReadForOldValues());
            comparesAll |= handler.readsOldValuesOfAllTables();
        }
        List<Declarations> all = List.copyOf(handlers);
        return new HandledTables(
                named,
                compared,
                comparesAll,
                table -> all.isEmpty() || all.stream().anyMatch(handler -> handler.hearsReads(table)));
    }

    @Override
    public List<TablePattern> patterns() {
        return subscriptions.patterns();
    }

    @Override
    public List<TablePattern> with(List<TablePattern> more) {
        return subscriptions.with(more);
    }

    @Override
    public boolean isSubscribed(TableName table) {
        return subscriptions.includes(table.schema(), table.table());
    }

    @Override
    public HandledTables handled() {
        return of(dispatcher.handlers());
    }

    @Override
    public void requireSubscribed(Collection<TableName> named) {
        subscriptions.require(named);
    }
}
