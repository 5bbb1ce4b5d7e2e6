package io.walwire.internal.dispatch;

import io.walwire.internal.transaction.Table;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/** The handlers of a moment, and which routes an event of a table takes: looked up once a table, then by identity. */
final class Routes {
    /** Tables are described anew after each change and by each stream; old ones must not pile up. */
    private static final int MOST_TABLES = 4_096;

    private final List<Declarations> handlers;
    private final List<Route<?>> all;
    private final IdentityHashMap<Table, int[]> byTable = new IdentityHashMap<>();

    Routes(List<Declarations> handlers) {
        this.handlers = List.copyOf(handlers);
        List<Route<?>> routes = new ArrayList<>();
        handlers.forEach(handler -> routes.addAll(handler.routes()));
        this.all = List.copyOf(routes);
    }

    List<Declarations> handlers() {
        return handlers;
    }

    int size() {
        return all.size();
    }

    Route<?> get(int index) {
        return all.get(index);
    }

    /** The indexes of a table's routes, in the order of declaration. Called by one thread at a time. */
    int[] of(Table table) {
        int[] known = byTable.get(table);
        if (known == null) {
            known = find(table);
            if (byTable.size() >= MOST_TABLES) {
                byTable.clear();
            }
            byTable.put(table, known);
        }
        return known;
    }

    private int[] find(Table table) {
        int[] found = new int[all.size()];
        int count = 0;
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).isOf(table)) {
                all.get(i).rows().check(table);
                found[count++] = i;
            }
        }
        return java.util.Arrays.copyOf(found, count);
    }
}
