package io.walwire.internal.dispatch;

import io.walwire.event.Event;
import io.walwire.event.RowEvent;
import io.walwire.handler.Callback;
import io.walwire.internal.transaction.ChangeEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The runs of one transaction: for each route the events that it takes, broken where an event of another kind of the same
 * table comes between. Runs are called in the order of their first events.
 */
final class Runs {
    private static final String FUNCTION = "a function";

    private final Routes routes;
    private final @Nullable Run<?>[] open;
    private final List<Call> inOrder = new ArrayList<>();

    Runs(Routes routes) {
        this.routes = routes;
        this.open = new Run<?>[routes.size()];
    }

    void add(Event event) {
        if (!(event instanceof ChangeEvent change)) {
            inOrder.add((batch, attempts) -> Dispatcher.tell(routes, event, attempts));
            return;
        }
        for (int index : routes.of(change)) {
            Route<?> route = routes.get(index);
            if (!route.takes(change.kind())) {
                if (route.isEndedByOthers()) {
                    open[index] = null;
                }
            } else if (accepts(route, change)) {
                Run<?> run = open[index];
                if (run == null) {
                    run = new Run<>(route);
                    open[index] = run;
                    inOrder.add(run);
                }
                run.add(change);
            }
        }
    }

    /** Whether nothing is called. */
    boolean isEmpty() {
        return inOrder.isEmpty();
    }

    static boolean accepts(Route<?> route, ChangeEvent event) {
        try {
            return route.accepts(event);
        } catch (RuntimeException | Error e) {
            throw route.owner().failed(e, "its filter", event.toString());
        }
    }

    /** Calls everything, and returns when all functions have ended too. */
    void call(FunctionThreads functions, Attempts attempts) throws InterruptedException {
        FunctionThreads.Batch batch = functions.newBatch();
        try {
            for (Call call : inOrder) {
                call.call(batch, attempts);
            }
        } catch (InterruptedException e) {
            batch.cancel();
            throw e;
        } catch (RuntimeException e) {
            batch.awaitAfter(e);
            throw e;
        }
        batch.await();
    }

    /** One step of the way through a transaction. */
    private interface Call {
        void call(FunctionThreads.Batch batch, Attempts attempts) throws InterruptedException;
    }

    /** Events that are handed over together. */
    private static final class Run<T> implements Call {
        private final Route<T> route;
        private final List<RowEvent<T>> events = new ArrayList<>();

        Run(Route<T> route) {
            this.route = route;
        }

        void add(ChangeEvent event) {
            events.add(route.rows().view(event));
        }

        @Override
        public void call(FunctionThreads.Batch batch, Attempts attempts) throws InterruptedException {
            List<RowEvent<T>> delivered = route.delivered(events);
            Callback<RowEvent<T>> function = route.function();
            if (function != null) {
                Named<RowEvent<T>> named = named(function);
                for (RowEvent<T> event : delivered) {
                    batch.submit(() -> apply(named, event, attempts));
                }
            }
            Callback<RowEvent<T>> single = route.single();
            if (single != null) {
                for (RowEvent<T> event : delivered) {
                    attempts.make(UserCall.ofEvent(route.owner(), named(single), kind(), event));
                }
            }
            Callback<List<RowEvent<T>>> callback = route.callback();
            if (callback != null) {
                attempts.make(UserCall.ofRun(route.owner(), named(callback), kind(), delivered));
            }
        }

        /** On a function thread, where being interrupted is a failure like any other. */
        private void apply(Named<RowEvent<T>> function, RowEvent<T> event, Attempts attempts) {
            try {
                attempts.make(UserCall.ofEvent(route.owner(), function, FUNCTION, event));
            } catch (InterruptedException e) {
                throw route.owner().failed(e, FUNCTION, event.toString());
            }
        }

        private <E> Named<E> named(Callback<E> callback) {
            return new Named<>(route.declaration(), callback);
        }

        private String kind() {
            return route.kind() == null ? "any" : route.kind().jsonName();
        }
    }
}
