package io.walwire.internal.engine;

import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.dispatch.CallContext;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.dispatch.LifecycleView;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** The waits of threads that call handlers. Before the handler thread waits, what is gathered is stored, since the wait may be long. */
final class HandlerWaits implements LifecycleView {
    private final Lifecycle lifecycle;
    private final WorkBoundary boundary;
    private final BooleanSupplier isHandlerThread;

    private HandlerWaits(Lifecycle lifecycle, WorkBoundary boundary, BooleanSupplier isHandlerThread) {
        this.lifecycle = lifecycle;
        this.boundary = boundary;
        this.isHandlerThread = isHandlerThread;
    }

    /**
     * What surrounds the calls of an instance's handlers.
     *
     * @param isHandlerThread of the calling thread
     */
    static CallContext context(
            UserCode code, Lifecycle lifecycle, WorkBoundary boundary, BooleanSupplier isHandlerThread) {
        return new CallContext(
                new HandlerWaits(lifecycle, boundary, isHandlerThread), code.boundary(), code.listeners());
    }

    /** How many calls may be under way, and for how long they are waited for at the end. */
    static Dispatcher.Limits limits(WalwireConfig config) {
        return new Dispatcher.Limits(config.functionThreads(), config.asyncLimit(), config.closeTimeout());
    }

    @Override
    public boolean pause(Duration atMost) throws InterruptedException {
        store();
        return lifecycle.pause(atMost);
    }

    @Override
    public boolean awaitReleased() throws InterruptedException {
        return lifecycle.awaitReleased(this::store);
    }

    @Override
    public boolean isHeld() {
        return lifecycle.isHeld();
    }

    private void store() throws InterruptedException {
        if (isHandlerThread.getAsBoolean()) {
            boundary.finish();
        }
    }

    @Override
    public boolean isStopping() {
        return lifecycle.isStopping();
    }

    @Override
    public boolean isGivenUp() {
        return lifecycle.isGivenUp();
    }
}
