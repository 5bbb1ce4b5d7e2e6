package io.walwire.internal.listener;

import io.walwire.internal.connection.ExceptionText;
import io.walwire.internal.log.Logs;
import io.walwire.lifecycle.State;
import io.walwire.listener.WalwireListener;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;

/** The listeners of an instance. One that throws is removed. Safe for several threads. */
public final class Listeners {
    private static final Logger LOG = Logs.of(Listeners.class);

    private final CopyOnWriteArrayList<WalwireListener> listeners;
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
        this.listeners = new CopyOnWriteArrayList<>(listeners);
    }

    /** Nobody listens. */
    public static Listeners none() {
        return new Listeners(List.of());
    }

    /** Whether nobody listens, so that nothing needs to be measured. */
    public boolean isEmpty() {
        return listeners.isEmpty();
    }

    /**
     * Calls each listener on this thread.
     *
     * @param report calls the method in question
     */
    public void each(Consumer<WalwireListener> report) {
        for (WalwireListener listener : listeners) {
            boolean interruptedBefore = Thread.interrupted();
            try {
                report.accept(listener);
            } catch (Throwable e) {
                remove(listener, e);
            } finally {
                // only the end of the instance interrupts its threads; another flag would end the next wait
                if ((Thread.interrupted() && givenUp) || interruptedBefore) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    private void remove(WalwireListener listener, Throwable why) {
        if (!listeners.remove(listener)) {
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
