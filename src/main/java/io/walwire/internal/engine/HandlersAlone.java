package io.walwire.internal.engine;

import io.walwire.deadletter.Replay;
import io.walwire.deadletter.StoredLetter;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.dispatch.CallContext;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.letter.LetterStore;
import java.util.function.Predicate;

/** The handlers of an instance without its stream: to replay dead letters while the instance runs elsewhere, or not at all. */
public final class HandlersAlone implements AutoCloseable {
    private final WalwireConfig config;
    private final Lifecycle lifecycle;
    private final Dispatcher dispatcher;
    private final WorkBoundary boundary;

    /**
     * Asks the handlers what they listen to.
     *
     * @param config what was configured
     * @param code the handlers and their policies
     */
    public HandlersAlone(WalwireConfig config, UserCode code) {
        this.config = config;
        this.lifecycle = new Lifecycle(config.name(), code.listeners());
        this.dispatcher = new Dispatcher(
                config.name(),
                new ThreadGroup("walwire-" + config.name()),
                HandlerWaits.limits(config),
                new CallContext(lifecycle, code.boundary(), code.listeners()));
        this.boundary = WorkBoundary.of(code.checkpoint(), lifecycle);
        dispatcher.addAll(code.declared());
    }

    /** See {@code WalwireBuilder.replay}. */
    public Replay replay(LetterStore letters, Predicate<StoredLetter> which) throws InterruptedException {
        return dispatcher.forCaller(() -> new Replays(config.name(), dispatcher, boundary).run(letters, which));
    }

    @Override
    public void close() {
        lifecycle.stop();
        dispatcher.close();
    }
}
