package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.connection.server.ExceptionText;
import io.walwire.internal.dispatch.Interrupts;
import io.walwire.internal.log.Logs;
import io.walwire.sink.Sink;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkNote;
import io.walwire.sink.SinkPosition;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Makes the calls of one instance's sink. Whatever a call throws becomes one error that names the sink. */
final class SinkCalls {
    private static final Logger LOG = Logs.of(SinkCalls.class);

    /** The sinks that are open. Two instances that write to one sink would mix their groups, and each would close the other's. */
    private static final Set<Sink> OPEN =
            Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

    private final Sink sink;
    private final boolean keeps;
    private final boolean takesReads;
    private final boolean keepsNotes;
    private final Lifecycle lifecycle;
    private final Interrupts interrupts;

    /** Held while the sink opens or closes. */
    private final ReentrantLock opening = new ReentrantLock();

    private boolean opened;
    private boolean closed;
    private volatile boolean busy;

    SinkCalls(Sink sink, Lifecycle lifecycle) {
        this.sink = sink;
        this.keeps = sink.keepsPosition();
        this.takesReads = sink.takesReads();
        this.keepsNotes = takesReads && sink.keepsNotes();
        this.lifecycle = lifecycle;
        this.interrupts = new Interrupts(lifecycle);
    }

    /** Whether the sink keeps the position. */
    boolean keepsPosition() {
        return keeps;
    }

    /** Whether the sink takes rows that a backfill reads. */
    boolean takesReads() {
        return takesReads;
    }

    /** Whether the sink stores with rows how far their reading has come. */
    boolean keepsNotes() {
        return keepsNotes;
    }

    /** What the sink holds of that, once it is open. */
    Collection<SinkNote> notes() {
        try {
            return call("opened", "notes", () -> List.copyOf(sink.notes()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WalwireException(ErrorCode.CLOSED, "The instance was closed before the sink was open.", e);
        }
    }

    /** Whether a call has not returned yet. Called by any thread. */
    boolean isBusy() {
        return busy;
    }

    /** Opens the sink, once. Returns the position that it holds; null if it holds none. */
    @Nullable
    SinkPosition open(SinkContext context) {
        opening.lock();
        try {
            if (closed) {
                throw new WalwireException(ErrorCode.CLOSED, "The instance was closed before the sink was open.");
            }
            if (!OPEN.add(sink)) {
                throw new WalwireException(
                        ErrorCode.SINK,
                        "The sink " + sink + " is in use: another instance of this process writes to it.",
                        "Give each instance a sink of its own.");
            }
            opened = true;
            return call("opened", "open", () -> position(context));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WalwireException(ErrorCode.CLOSED, "The instance was closed before the sink was open.", e);
        } finally {
            opening.unlock();
        }
    }

    private @Nullable SinkPosition position(SinkContext context) throws Exception {
        SinkPosition held = sink.open(context).orElse(null);
        if (!keeps && held != null) {
            throw new IllegalStateException("open() returned a position, but keepsPosition() returns false");
        }
        return held;
    }

    /** Calls one of the methods that write. */
    void write(Writing writing) throws InterruptedException {
        call("written to", "write", () -> {
            writing.to(sink);
            return null;
        });
    }

    /** One of the sink's methods that write. */
    @FunctionalInterface
    interface Writing {
        /** Calls it. */
        void to(Sink sink) throws Exception;
    }

    /**
     * Begins to store a group.
     *
     * @param ended called when the group is stored or has failed; by any thread
     * @return completes then, and does nothing on the thread that completes it
     */
    CompletableFuture<Void> flush(SinkPosition position, Runnable ended) throws InterruptedException {
        CompletableFuture<Void> stored = new CompletableFuture<>();
        call("flushed", "flush", () -> Objects.requireNonNull(sink.flush(position), "flush() returned null")
                .whenComplete((nothing, failure) -> {
                    if (failure == null) {
                        stored.complete(null);
                    } else {
                        stored.completeExceptionally(failure);
                    }
                    ended.run();
                }));
        return stored;
    }

    private <T extends @Nullable Object> T call(String what, String method, Callable<T> call)
            throws InterruptedException {
        busy = true;
        try {
            return call.call();
        } catch (Throwable e) {
            if (e instanceof InterruptedException interrupted && lifecycle.isGivenUp()) {
                throw interrupted;
            }
            throw failed(what, e);
        } finally {
            busy = false;
            if (Thread.currentThread().isInterrupted()) {
                interrupts.clear("The sink " + sink, method);
            }
        }
    }

    /** What ends the instance when a call has failed. */
    WalwireException failed(String what, Throwable e) {
        Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
        String reason = cause instanceof WalwireException known ? known.explanation() : ExceptionText.of(cause) + ".";
        return new WalwireException(
                ErrorCode.SINK,
                "The sink " + sink + " cannot be " + what + ": " + reason
                        + " What it has not stored is not confirmed; it comes again after a restart.",
                cause);
    }

    /** Closes the sink if this instance has opened it. It is opened no more. */
    void close() {
        opening.lock();
        try {
            if (!closed && opened) {
                sink.close();
            }
        } catch (Throwable e) {
            LOG.warn("The sink {} cannot be closed: {}", sink, ExceptionText.of(e));
            LOG.debug("The cause", ExceptionText.trace(e));
        } finally {
            if (opened) {
                OPEN.remove(sink);
            }
            closed = true;
            opening.unlock();
        }
    }

    /** As the sink calls itself. */
    @Override
    public String toString() {
        return String.valueOf(sink);
    }
}
