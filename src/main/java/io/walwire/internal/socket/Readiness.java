package io.walwire.internal.socket;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.Selector;
import org.jspecify.annotations.Nullable;

/** Waits until a channel can be read, or written. One thread waits at a time; any thread may close. */
final class Readiness implements AutoCloseable {
    private final int operation;
    private @Nullable Selector selector;
    private boolean closed;

    /**
     * For one operation.
     *
     * @param operation of {@link java.nio.channels.SelectionKey}
     */
    Readiness(int operation) {
        this.operation = operation;
    }

    /**
     * Waits, deaf to interrupts as a socket is; may return early.
     *
     * @param millis how long at most, 0 for ever
     * @throws IOException if the channel is closed
     * @throws java.nio.channels.ClosedSelectorException if this is closed
     */
    void await(SelectableChannel channel, long millis) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            opened(channel).select(key -> {}, millis);
        } finally {
            interrupted |= Thread.interrupted();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized Selector opened(SelectableChannel channel) throws IOException {
        Selector opened = selector;
        if (opened == null) {
            opened = Selector.open();
            selector = opened;
            if (closed) {
                opened.close();
            } else {
                channel.register(opened, operation);
            }
        }
        return opened;
    }

    /** Wakes the thread that waits. */
    @Override
    public void close() throws IOException {
        Selector opened;
        synchronized (this) {
            closed = true;
            opened = selector;
        }
        if (opened != null) {
            opened.close();
        }
    }
}
