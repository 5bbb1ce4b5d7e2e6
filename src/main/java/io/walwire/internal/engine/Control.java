package io.walwire.internal.engine;

import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.source.ChangeSource;
import io.walwire.internal.source.ChangeStream;
import io.walwire.lifecycle.State;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/** What an owner asks of a running instance: to pause, to drain, and to report when it has reached a position. */
public final class Control {
    private static final Duration FIRST_ASK = Duration.ofMillis(20);
    private static final Duration MAX_ASK = Duration.ofMillis(500);

    private final Engine engine;
    private final Database database;
    private final ChangeSource source;
    private final Lifecycle lifecycle;
    private final Positions positions;
    private final Reader reader;
    private final Dispatcher dispatcher;
    private final WorkQueue queue;

    Control(
            Engine engine,
            Database database,
            ChangeSource source,
            Lifecycle lifecycle,
            Positions positions,
            Reader reader,
            Dispatcher dispatcher,
            WorkQueue queue) {
        this.engine = engine;
        this.database = database;
        this.source = source;
        this.lifecycle = lifecycle;
        this.positions = positions;
        this.reader = reader;
        this.dispatcher = dispatcher;
        this.queue = queue;
    }

    /** See {@code Walwire.pause}. */
    public void pause() {
        engine.requireRunning();
        lifecycle.hold();
    }

    /** See {@code Walwire.resume}. */
    public void resume() {
        engine.requireRunning();
        lifecycle.release();
    }

    /** See {@code Walwire.drain}. */
    public boolean drain(Duration atMost) throws InterruptedException {
        requireNoHandler("drain");
        lifecycle.drain();
        lifecycle.release();
        // who never streamed has received nothing
        boolean drained = reader.lastStart() != null && lifecycle.awaitAny(EnumSet.noneOf(State.class), atMost);
        if (!drained) {
            drained = reader.lastStart() == null;
            engine.close();
        }
        throwFailure();
        return drained;
    }

    /** See {@code Walwire.awaitStreaming}. */
    public boolean awaitStreaming(Duration atMost) throws InterruptedException {
        return lifecycle.awaitStreaming(atMost);
    }

    /** See {@code Walwire.awaitTermination}. */
    public boolean awaitTermination(Duration atMost) throws InterruptedException {
        boolean in = lifecycle.awaitAny(EnumSet.noneOf(State.class), atMost);
        if (in) {
            lifecycle.throwFailure();
        }
        return in;
    }

    /** See {@code Walwire.awaitPosition}. */
    public boolean awaitPosition(Position position, Duration atMost) throws InterruptedException {
        requireNoHandler("awaitPosition");
        long deadline = System.nanoTime() + Lifecycle.nanos(atMost);
        return awaitSettled(source.reached(position), deadline);
    }

    /** See {@code Walwire.awaitCurrent}. */
    public boolean awaitCurrent(Duration atMost) throws InterruptedException {
        requireNoHandler("awaitCurrent");
        long deadline = System.nanoTime() + Lifecycle.nanos(atMost);
        engine.requireRunning();
        Lsn current;
        try {
            current = source.current();
        } catch (SQLException e) {
            if (lifecycle.isStopping()) { // it has closed the connection under the question
                return awaitEnd(deadline);
            }
            throw ServerErrors.explain(e, "asking for the current position", database);
        }
        return awaitSettled(current, deadline);
    }

    private boolean awaitEnd(long deadline) throws InterruptedException {
        lifecycle.awaitAny(Set.of(), Duration.ofNanos(deadline - System.nanoTime()));
        throwFailure();
        return false;
    }

    private boolean awaitSettled(Lsn target, long deadline) throws InterruptedException {
        Backoff asks = new Backoff(FIRST_ASK, MAX_ASK);
        Lsn settled = positions.settled();
        while (settled.isBefore(target)) {
            long left = deadline - System.nanoTime();
            if (lifecycle.state().isFinal() || left <= 0) {
                throwFailure();
                return false;
            }
            ChangeStream stream = reader.current();
            if (stream != null) {
                // an idle database reports its position when it is asked, otherwise after half of wal_sender_timeout
                stream.ask();
            }
            queue.hurry(); // nobody waits for a batch to fill
            if (positions.awaitMore(settled, Math.min(left, asks.next().toNanos()))) {
                asks.reset();
            }
            settled = positions.settled();
        }
        return true;
    }

    private void requireNoHandler(String what) {
        if (engine.isOwnThread() || dispatcher.isDispatching()) {
            throw new IllegalStateException(
                    what + "() waits for handlers, so that one of the same instance would wait for"
                            + " itself: call it from another thread");
        }
    }

    private void throwFailure() {
        WalwireException failure = lifecycle.failure();
        if (failure != null && lifecycle.state().isFinal()) {
            throw failure;
        }
    }
}
