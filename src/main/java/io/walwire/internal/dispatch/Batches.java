package io.walwire.internal.dispatch;

import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.handler.Callback;
import io.walwire.internal.dispatch.Route.Batching;
import io.walwire.internal.transaction.ReceivedChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gathers events for declarations that want those of several transactions in one call. A batch ends when it is full, when its time
 * is over, before a change of the whole table, and when a thread waits for it. Used by the thread that holds the dispatcher's lock.
 */
final class Batches {
    private final IdentityHashMap<Route<?>, Batch<?>> open = new IdentityHashMap<>();
    private final Ending ending;
    private final Interrupts interrupts;

    /** Read by the handler thread before it takes the lock. */
    private volatile boolean any;

    /** Has a batch's call made. */
    @FunctionalInterface
    interface Ending {
        void end(Route<?> route, UserCall<?> call, Collection<PendingPart> parts) throws InterruptedException;
    }

    Batches(Ending ending, Interrupts interrupts) {
        this.ending = ending;
        this.interrupts = interrupts;
    }

    /** Takes what batches want of a part, which stays unfinished until their calls have succeeded. */
    void gather(Routes batched, List<Event> events, PendingPart part) throws InterruptedException {
        for (Event event : events) {
            if (event instanceof ReceivedChange change) {
                for (int index : batched.of(change)) {
                    gather(batched.get(index), change, part);
                }
            }
        }
    }

    private void gather(Route<?> route, ReceivedChange event, PendingPart part) throws InterruptedException {
        if (Dispatcher.isOfReads(event.kind())) {
            return; // it is no change
        }
        boolean alone = !event.kind().isRow();
        if (alone) {
            end(route);
        }
        if (event.kind() == Kind.SCHEMA || !Runs.accepts(route, event, interrupts)) {
            return;
        }
        Batch<?> batch = open.computeIfAbsent(route, added -> new Batch<>(route));
        any = true;
        batch.add(event, part);
        if (alone || batch.isFull()) {
            end(route);
        }
    }

    private void end(Route<?> route) throws InterruptedException {
        Batch<?> batch = open.remove(route);
        any = !open.isEmpty();
        if (batch != null) {
            ending.end(route, batch.call(), batch.parts);
        }
    }

    /** Ends those whose time is over. */
    void endDue() throws InterruptedException {
        long now = System.nanoTime();
        for (Batch<?> batch : List.copyOf(open.values())) {
            if (batch.nanosLeft(now) <= 0) {
                end(batch.route);
            }
        }
    }

    void endAll() throws InterruptedException {
        if (any) {
            for (Route<?> route : List.copyOf(open.keySet())) {
                end(route);
            }
        }
    }

    /** Drops what is gathered, of a part whose end was waited for: the waiting thread hands over all of it again, or none. */
    void discard() {
        if (any) {
            open.clear();
            any = false;
        }
    }

    boolean isAnyOpen() {
        return any;
    }

    /** How long until the first one's time is over. */
    long nanosLeft() {
        long now = System.nanoTime();
        return open.values().stream()
                .mapToLong(batch -> batch.nanosLeft(now))
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** The events of one declaration. */
    private static final class Batch<E extends Event> {
        private final Route<E> route;
        private final Batching batching;
        private final long since = System.nanoTime();
        private final List<E> events = new ArrayList<>();
        private final List<PendingPart> parts = new ArrayList<>();
        private @Nullable PendingPart latest;

        Batch(Route<E> route) {
            this.route = route;
            this.batching = Objects.requireNonNull(route.batching());
        }

        @SuppressWarnings("ReferenceEquality") // the very part that came last
        void add(ReceivedChange event, PendingPart part) {
            events.add(route.view().of(event));
            if (part != latest) {
                latest = part;
                part.hold();
                parts.add(part);
            }
        }

        boolean isFull() {
            return events.size() >= batching.size();
        }

        long nanosLeft(long now) {
            return since + saturated(batching) - now;
        }

        private static long saturated(Batching batching) {
            return Math.min(TimeUnit.NANOSECONDS.convert(batching.delay()), Long.MAX_VALUE / 4);
        }

        UserCall<List<E>> call() {
            Callback<List<E>> callback = Objects.requireNonNull(route.target().runs());
            return UserCall.ofRun(
                    route.owner(),
                    new DeclaredCallback<>(route.declaration(), callback),
                    "a batch",
                    route.delivered(events));
        }
    }
}
