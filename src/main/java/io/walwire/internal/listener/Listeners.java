package io.walwire.internal.listener;

import io.walwire.internal.connection.server.ExceptionText;
import io.walwire.internal.log.Logs;
import io.walwire.lifecycle.State;
import io.walwire.listener.CountingListener;
import io.walwire.listener.HandlerCall;
import io.walwire.listener.StartedCall;
import io.walwire.listener.TracingListener;
import io.walwire.listener.TracingListener.Tracing;
import io.walwire.listener.WalwireListener;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The listeners of an instance. One that throws is removed. Safe for several threads. */
public final class Listeners {
    private static final Logger LOG = Logs.of(Listeners.class);
    private static final TracingListener[] NO_TRACING = {};

    /** Never changed, only replaced. An array, so that going through it makes no garbage. */
    private volatile WalwireListener[] listeners;

    private volatile TracingListener[] tracing;
    private volatile boolean counting;
    private final Queue<Change> changes = new ConcurrentLinkedQueue<>();

    /** How often a report was asked for since a thread began to report; 0 if none does. */
    private final AtomicInteger reports = new AtomicInteger();

    private volatile boolean givenUp;

    private record Change(State before, State after) {}

    /**
     * The listeners of an instance.
     *
     * @param listeners called in this order
     */
    public Listeners(List<WalwireListener> listeners) {
        this.listeners = listeners.toArray(WalwireListener[]::new);
        this.tracing = tracing(this.listeners);
        this.counting = areCounting(this.listeners);
    }

    private static boolean areCounting(WalwireListener... all) {
        return all.length > 0
                && Stream.of(all).allMatch(CountingListener.class::isInstance)
                && tracing(all).length == 0;
    }

    private static TracingListener[] tracing(WalwireListener... all) {
        TracingListener[] found = Stream.of(all)
                .filter(TracingListener.class::isInstance)
                .map(TracingListener.class::cast)
                .toArray(TracingListener[]::new);
        return found.length == 0 ? NO_TRACING : found;
    }

    /** Nobody listens. */
    public static Listeners none() {
        return new Listeners(List.of());
    }

    /** Whether nobody listens, so that nothing needs to be measured. */
    public boolean isEmpty() {
        return listeners.length == 0;
    }

    /** Whether there are listeners, and none of them needs each call. */
    public boolean areCounting() {
        return counting;
    }

    /**
     * Calls each listener on this thread.
     *
     * @param report calls the method in question
     */
    public void each(Consumer<WalwireListener> report) {
        for (WalwireListener listener : listeners) {
            call(listener, report);
        }
    }

    /**
     * As {@link #each(Consumer)}, for what is called with one thing.
     *
     * @param report calls the method in question; one that refers to nothing else makes no garbage
     * @param argument what the method is called with
     * @param <T> its type
     */
    public <T> void each(BiConsumer<WalwireListener, T> report, T argument) {
        for (WalwireListener listener : listeners) {
            boolean interruptedBefore = Thread.interrupted();
            try {
                report.accept(listener, argument);
            } catch (Throwable e) {
                remove(listener, e);
            } finally {
                restore(interruptedBefore);
            }
        }
    }

    private <L extends WalwireListener> void call(L listener, Consumer<? super L> report) {
        boolean interruptedBefore = Thread.interrupted();
        try {
            report.accept(listener);
        } catch (Throwable e) {
            remove(listener, e);
        } finally {
            restore(interruptedBefore);
        }
    }

    /** Only the end of the instance interrupts its threads; another flag would end the next wait. */
    private void restore(boolean interruptedBefore) {
        if ((Thread.interrupted() && givenUp) || interruptedBefore) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether somebody stands around calls. */
    public boolean isTracing() {
        return tracing.length != 0;
    }

    /**
     * Calls those that stand around calls, on the thread that is about to make one.
     *
     * @param call what is about to be called
     * @return what {@link #ended} is to end; null if there is nothing
     */
    public @Nullable Traced started(StartedCall call) {
        Traced traced = null;
        for (TracingListener listener : tracing) {
            Tracing[] begun = {null};
            call(listener, each -> begun[0] = each.onCallStart(call));
            traced = begun[0] == null ? traced : new Traced(listener, begun[0], traced);
        }
        return traced;
    }

    /**
     * Ends what was begun for a call, the last one first. A listener that was removed meanwhile ends what it has begun, too.
     *
     * @param traced what {@link #started} returned
     * @param call how it ended
     */
    public void ended(@Nullable Traced traced, HandlerCall call) {
        for (Traced next = traced; next != null; next = next.before) {
            Tracing tracing = next.tracing;
            call(next.listener, listener -> tracing.end(call));
        }
    }

    /**
     * Says that the callback of a call has returned, and that {@link #ended} comes later, on another thread.
     *
     * @param traced what {@link #started} returned
     */
    public void returned(@Nullable Traced traced) {
        for (Traced next = traced; next != null; next = next.before) {
            Tracing tracing = next.tracing;
            call(next.listener, listener -> tracing.returned());
        }
    }

    /** What was begun for one call. */
    public static final class Traced {
        private final TracingListener listener;
        private final Tracing tracing;
        private final @Nullable Traced before;

        Traced(TracingListener listener, Tracing tracing, @Nullable Traced before) {
            this.listener = listener;
            this.tracing = tracing;
            this.before = before;
        }
    }

    private void remove(WalwireListener listener, Throwable why) {
        if (!isRemoved(listener)) {
            return;
        }
        try {
            LOG.error(
                    "Listener {} failed and is not called any more: {}",
                    listener.getClass().getName(),
                    ExceptionText.of(why));
            LOG.debug("The failure of the listener", ExceptionText.trace(why));
        } catch (Throwable broken) {
            // a log that throws must end neither the instance nor the reports to the other listeners
        }
    }

    /** False if another thread has removed it before. */
    private synchronized boolean isRemoved(WalwireListener listener) {
        WalwireListener[] left =
                Stream.of(listeners).filter(each -> each != listener).toArray(WalwireListener[]::new);
        boolean removed = left.length < listeners.length;
        tracing = tracing(left);
        counting = areCounting(left);
        listeners = left;
        return removed;
    }

    /** From now on the instance interrupts its threads. */
    public void giveUp() {
        givenUp = true;
    }

    /**
     * Takes note of a change, in order. No listener is called, so that a lock may be held.
     *
     * @param before the state that ended
     * @param after the state that began
     */
    public void changed(State before, State after) {
        changes.add(new Change(before, after));
    }

    /** Reports the changes in their order. If another thread is doing that, it reports these too, and nobody waits. */
    public void report() {
        if (reports.getAndIncrement() != 0) {
            return;
        }
        int due = 1;
        while (due != 0) {
            for (Change change = changes.poll(); change != null; change = changes.poll()) {
                Change next = change;
                each(listener -> listener.onStateChange(next.before(), next.after()));
            }
            due = reports.addAndGet(-due);
        }
    }
}
