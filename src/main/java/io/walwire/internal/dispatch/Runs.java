package io.walwire.internal.dispatch;

import io.walwire.event.Event;
import io.walwire.handler.Callback;
import io.walwire.internal.transaction.ReceivedChange;
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
    private final Interrupts interrupts;

    /** Each route's last run, at a place that follows from the route's index: a few places, however many handlers there are. */
    private @Nullable Run<?>[] last = new Run<?>[4];

    private int routesWithRuns;
    private final List<Call> inOrder = new ArrayList<>();

    /** Most transactions call no function. */
    private FunctionThreads.@Nullable Batch batch;

    Runs(Routes routes, Interrupts interrupts) {
        this.routes = routes;
        this.interrupts = interrupts;
    }

    void add(Event event) {
        if (event instanceof ReceivedChange change) {
            add(change);
        } else {
            inOrder.add((callers, part) -> Dispatcher.deliver(routes, event, callers.attempts()));
        }
    }

    void add(ReceivedChange change) {
        for (int index : routes.of(change)) {
            Route<?> route = routes.get(index);
            Run<?> run = last[place(index)];
            if (!route.takes(change)) {
                if (run != null && route.isEndedByOthers()) {
                    run.ended = true;
                }
            } else if (accepts(route, change, interrupts)) {
                if (run == null || run.ended) {
                    run = begin(route, index);
                }
                run.add(change);
            }
        }
    }

    private Run<?> begin(Route<?> route, int index) {
        if (2 * (routesWithRuns + 1) > last.length) {
            makeRoom();
        }
        Run<?> run = new Run<>(route, index);
        int place = place(index);
        routesWithRuns += last[place] == null ? 1 : 0;
        last[place] = run;
        inOrder.add(run);
        return run;
    }

    /** Where a route's run stands, or would: the places are taken in turn from the index on, and half of them are free. */
    private int place(int index) {
        int mask = last.length - 1;
        int place = index & mask;
        Run<?> there = last[place];
        while (there != null && there.index != index) {
            place = place + 1 & mask;
            there = last[place];
        }
        return place;
    }

    private void makeRoom() {
        @Nullable Run<?>[] before = last;
        last = new Run<?>[before.length * 2];
        for (Run<?> run : before) {
            if (run != null) {
                last[place(run.index)] = run;
            }
        }
    }

    /** Whether nothing is called. */
    boolean isEmpty() {
        return inOrder.isEmpty();
    }

    static boolean accepts(Route<?> route, ReceivedChange event, Interrupts interrupts) {
        try {
            boolean accepted = route.accepts(event);
            if (Thread.currentThread().isInterrupted()) {
                interrupts.clear("A filter of handler " + route.owner().name(), event);
            }
            return accepted;
        } catch (RuntimeException | Error e) {
            throw route.owner().failed(e, "its filter", event.toString());
        }
    }

    /**
     * Calls everything, and returns when all functions have ended too.
     *
     * @param part held while stages of asynchronous calls have not completed
     */
    void call(Callers callers, PendingPart part) throws InterruptedException {
        try {
            for (Call call : inOrder) {
                call.call(callers, part);
            }
        } catch (InterruptedException e) {
            if (batch != null) {
                batch.cancel();
            }
            throw e;
        } catch (RuntimeException e) {
            if (batch != null) {
                batch.awaitAfter(e);
            }
            throw e;
        }
        if (batch != null) {
            batch.await();
        } else if (Thread.interrupted()) {
            // a callback that gave up because of it may have said so by this alone
            throw new InterruptedException();
        }
    }

    private FunctionThreads.Batch batch(FunctionThreads functions) {
        FunctionThreads.Batch begun = batch == null ? functions.newBatch() : batch;
        batch = begun;
        return begun;
    }

    /** One step of the way through a transaction. */
    private interface Call {
        void call(Callers callers, PendingPart part) throws InterruptedException;
    }

    /** Events that are handed over together. */
    private final class Run<E extends Event> implements Call {
        private final Route<E> route;
        private final int index;
        private final List<E> events;
        private boolean ended;

        Run(Route<E> route, int index) {
            this.route = route;
            this.index = index;
            this.events = new ArrayList<>(routes.expectedLength(index));
        }

        void add(ReceivedChange event) {
            events.add(route.view().of(event));
        }

        @Override
        public void call(Callers callers, PendingPart part) throws InterruptedException {
            routes.hadLength(index, events.size());
            List<E> delivered = route.delivered(events);
            Callback<E> single = route.target().single();
            if (single != null && route.target().parallel()) {
                DeclaredCallback<E> named = named(single);
                for (E event : delivered) {
                    part.awaitFormer();
                    batch(callers.functions()).submit(() -> apply(named, event, callers.attempts()));
                }
            } else if (single != null) {
                callOneByOne(named(single), delivered, callers.attempts(), part);
            }
            if (route.isAsync()) {
                for (E event : delivered) {
                    part.awaitFormer();
                    new AsyncCall<>(route, kind(), event, callers, part).begin();
                }
            }
            Callback<List<E>> callback = route.target().runs();
            if (callback != null) {
                part.awaitFormer();
                callers.attempts().make(UserCall.ofRun(route.owner(), named(callback), kind(), delivered));
            }
        }

        private void callOneByOne(DeclaredCallback<E> callback, List<E> delivered, Attempts attempts, PendingPart part)
                throws InterruptedException {
            CallGroup group = attempts.group(route.owner(), kind(), routes.pace(index));
            try {
                for (E event : delivered) {
                    part.awaitFormer();
                    UserCall<E> call = UserCall.ofEvent(route.owner(), callback, kind(), event);
                    if (group == null) {
                        attempts.make(call);
                    } else {
                        attempts.make(call, group);
                    }
                }
            } finally {
                if (group != null) {
                    group.close();
                }
            }
        }

        /** On a function thread, where being interrupted is a failure like any other. */
        private void apply(DeclaredCallback<E> function, E event, Attempts attempts) {
            try {
                attempts.make(UserCall.ofEvent(route.owner(), function, FUNCTION, event));
            } catch (InterruptedException e) {
                throw route.owner().failed(e, FUNCTION, event.toString());
            }
        }

        private <A> DeclaredCallback<A> named(Callback<A> callback) {
            return new DeclaredCallback<>(route.declaration(), callback);
        }

        private String kind() {
            return route.taken();
        }
    }
}
