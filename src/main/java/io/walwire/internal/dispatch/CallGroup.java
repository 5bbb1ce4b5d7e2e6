package io.walwire.internal.dispatch;

import io.walwire.internal.listener.Listeners;
import io.walwire.listener.CountingListener;
import io.walwire.listener.HandlerCalls;
import io.walwire.listener.WalwireListener;
import java.util.function.Consumer;

/**
 * Calls of one run that are timed together, for listeners that need no more. One object serves all runs of a thread, one after another,
 * so that it makes no garbage.
 */
final class CallGroup implements HandlerCalls, Consumer<WalwireListener> {
    private static final String NOTHING = "";

    private final Listeners listeners;
    private String handler = NOTHING;
    private String kind = NOTHING;
    private CallPace pace = new CallPace();
    private boolean open;
    private int most;
    private int count;
    private long began;
    private long nanos;

    CallGroup(Listeners listeners) {
        this.listeners = listeners;
    }

    /** Whether a run has it. A handler may make calls of its own within a call ({@code Walwire.process}). */
    boolean isOpen() {
        return open;
    }

    /** A run begins. */
    void open(String of, String what, CallPace expected) {
        open = true;
        handler = of;
        kind = what;
        pace = expected;
        most = expected.calls();
    }

    /** A call is about to be made. */
    void begin() {
        if (began == 0) {
            began = System.nanoTime();
        }
    }

    /** The call has succeeded. */
    void succeeded() {
        count++;
        if (count >= most) {
            flush();
        }
    }

    /**
     * The call has failed; it is not one of the group.
     *
     * @return about how long it took, since only the whole group was timed
     */
    long failed() {
        long all = System.nanoTime() - began;
        long others = Math.min(all, count * pace.each());
        report(others);
        return all - others;
    }

    /** Reports what has been called so far: the thread is about to do something else than the next call. */
    void flush() {
        if (count == 0) {
            began = 0;
        } else {
            long took = System.nanoTime() - began;
            pace.took(count, took);
            most = pace.calls();
            report(took);
        }
    }

    private void report(long took) {
        began = 0;
        nanos = took;
        if (count > 0) {
            listeners.each(this);
        }
        count = 0;
    }

    /** The run has ended. */
    void close() {
        flush();
        open = false;
    }

    @Override
    public void accept(WalwireListener listener) {
        if (listener instanceof CountingListener counting) {
            counting.onCalls(this);
        }
    }

    @Override
    public String handler() {
        return handler;
    }

    @Override
    public String kind() {
        return kind;
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public long nanos() {
        return nanos;
    }
}
