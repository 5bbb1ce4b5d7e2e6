package io.walwire.internal.dispatch;

import io.walwire.event.TableSchema;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.ReceivedSchema;
import io.walwire.internal.transaction.Table;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The handlers of a moment, and which routes an event of a table takes: looked up once a table, then by identity. */
final class Routes {
    /** Tables are described again after each change and by each stream; old ones must not pile up. */
    private static final int MAX_TABLES = 4_096;

    /** A run is taken to be about as long as its route's last one; what is kept ready for it is bounded by this. */
    private static final int MAX_FORESEEN = 128;

    private final List<Declarations> handlers;
    private final List<Declarations> hearingTransactions;
    private final List<Route<?>> all;
    private final int[] lastLengths;
    private final CallPace[] paces;
    private final boolean async;
    private final IdentityHashMap<Table, int[]> byTable = new IdentityHashMap<>();

    private final Routes unbatched;
    private final @Nullable Routes batched;

    Routes(List<Declarations> handlers) {
        this.handlers = List.copyOf(handlers);
        List<Route<?>> routes = new ArrayList<>();
        handlers.forEach(handler -> routes.addAll(handler.routes()));
        this.all = List.copyOf(routes);
        this.hearingTransactions = hearingTransactions(handlers);
        this.lastLengths = new int[all.size()];
        this.paces = paces(all.size());
        this.async = all.stream().anyMatch(Route::isAsync);
        List<Route<?>> batching =
                all.stream().filter(route -> route.batching() != null).toList();
        this.batched = batching.isEmpty() ? null : new Routes(this.handlers, batching);
        this.unbatched = batching.isEmpty()
                ? this
                : new Routes(
                        this.handlers,
                        all.stream().filter(route -> route.batching() == null).toList());
    }

    private Routes(List<Declarations> handlers, List<Route<?>> some) {
        this.handlers = handlers;
        this.all = some;
        this.hearingTransactions = hearingTransactions(handlers);
        this.lastLengths = new int[some.size()];
        this.paces = paces(some.size());
        this.async = some.stream().anyMatch(Route::isAsync);
        this.unbatched = this;
        this.batched = null;
    }

    private static CallPace[] paces(int size) {
        return Stream.generate(CallPace::new).limit(size).toArray(CallPace[]::new);
    }

    private static List<Declarations> hearingTransactions(List<Declarations> handlers) {
        return handlers.stream()
                .filter(handler -> !handler.transactions().isEmpty())
                .toList();
    }

    /** The routes whose events are handed over with their transaction. */
    Routes unbatched() {
        return unbatched;
    }

    /** The routes whose events are gathered into batches; null if there are none. */
    @Nullable
    Routes batched() {
        return batched;
    }

    /** Whether there are calls that are done when their stages complete. */
    boolean hasAsync() {
        return async;
    }

    List<Declarations> handlers() {
        return handlers;
    }

    /** The handlers that are called with whole transactions. */
    List<Declarations> hearingTransactions() {
        return hearingTransactions;
    }

    /** How many events the next run of a route may have, by the last one. */
    int expectedLength(int index) {
        return lastLengths[index];
    }

    void hadLength(int index, int length) {
        lastLengths[index] = Math.min(length, MAX_FORESEEN);
    }

    /** How many calls of a route are timed together. */
    CallPace pace(int index) {
        return paces[index];
    }

    Route<?> get(int index) {
        return all.get(index);
    }

    /**
     * The indexes of an event's routes, in the order of declaration: those of its table, and of a schema change those of the
     * name that the table had. Called by one thread at a time.
     */
    int[] of(ReceivedChange event) {
        int[] now = of(event.table());
        TableSchema before = event instanceof ReceivedSchema schema ? schema.before() : null;
        if (before == null) {
            return now;
        }
        IntStream former = IntStream.range(0, all.size()).filter(i -> all.get(i).isOf(before.schema(), before.name()));
        return IntStream.concat(IntStream.of(now), former).distinct().sorted().toArray();
    }

    private int[] of(Table table) {
        int[] known = byTable.get(table);
        if (known == null) {
            known = find(table);
            if (byTable.size() >= MAX_TABLES) {
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
            if (all.get(i).isOf(table.schema(), table.name())) {
                all.get(i).check(table);
                found[count++] = i;
            }
        }
        return java.util.Arrays.copyOf(found, count);
    }
}
