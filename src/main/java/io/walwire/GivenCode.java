package io.walwire;

import io.walwire.config.Credentials;
import io.walwire.error.WalwireException;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Interceptor;
import io.walwire.internal.config.HandlerClasses;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.engine.UserCode;
import io.walwire.internal.listener.Listeners;
import io.walwire.internal.sink.SinkProviders;
import io.walwire.listener.WalwireListener;
import io.walwire.sink.Sink;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The user's code that a builder received: handlers, listeners, sink and callbacks. */
final class GivenCode {
    private final List<UserCode.Registration> handlers = new ArrayList<>();
    private final List<WalwireListener> listeners = new ArrayList<>();

    @Nullable
    FailurePolicy policy;

    @Nullable
    DeadLetters letters;

    @Nullable
    JdbcCheckpoint checkpoint;

    @Nullable
    Sink sink;

    /** The sink that properties describe. */
    private @Nullable Sink configured;

    @Nullable
    Supplier<Credentials> credentials;

    Interceptor interceptor = UserCode.NO_INTERCEPTOR;
    Consumer<WalwireException> onFailure = failure -> {};

    void add(UserCode.Registration handler) {
        handlers.add(handler);
    }

    void add(WalwireListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
    }

    /** All of it. The handlers that the configuration names come last. */
    UserCode of(WalwireConfig config) {
        List<UserCode.Registration> all = new ArrayList<>(handlers);
        HandlerClasses.load(
                        config.handlers().classes(),
                        config.handlers().packageName(),
                        config.subscriptions(),
                        HandlerClasses.loader())
                .forEach(handler -> all.add(new UserCode.Registration(handler, null)));
        FailurePolicy ofInstance =
                policy != null ? policy : new ConfiguredFailure(config, credentials(config)).policy(letters);
        return new UserCode(
                List.copyOf(all),
                ofInstance,
                interceptor,
                checkpoint == null ? null : checkpoint.checkpoint(),
                sink(),
                onFailure,
                new Listeners(listeners));
    }

    private @Nullable Sink sink() {
        return sink == null ? configured : sink;
    }

    /**
     * Finds code that contradicts other code or the configuration: one line for each problem. Creates the sink that the properties
     * describe.
     */
    List<String> conflicts(WalwireConfig.Slot slot, int concurrency, Map<String, String> kafka) {
        List<String> found = new ArrayList<>();
        configured = kafka.isEmpty() ? null : SinkProviders.sink("kafka", kafka, found::add);
        if (sink != null && configured != null) {
            found.add("the builder has the sink " + sink + ", and the properties " + WalwireConfig.KAFKA
                    + "* describe another; an instance has one sink: leave one of the two out");
        }
        addConflicts(found, sink(), slot, concurrency);
        return found;
    }

    private void addConflicts(List<String> found, @Nullable Sink sink, WalwireConfig.Slot slot, int concurrency) {
        if (checkpoint != null && sink != null) {
            found.add("the builder has a JdbcCheckpoint and the sink " + sink
                    + ", and each would skip what only the other has stored; leave one of the two out");
        }
        if (checkpoint != null && concurrency > 1) {
            found.add("walwire.concurrency is " + concurrency
                    + ", but a JdbcCheckpoint commits one transaction after another, on"
                    + " one connection; leave one of the two out");
        }
        if (sink != null && concurrency > 1) {
            found.add("walwire.concurrency is " + concurrency + ", but an instance with the sink " + sink
                    + " handles one transaction after another; remove walwire.concurrency, or the sink");
        }
        if (sink != null && sink.keepsPosition() && !slot.durable()) {
            found.add("the slot is temporary, but the sink " + sink + " keeps the position, which needs a slot that"
                    + " outlives the instance; set walwire.slot.name");
        }
    }

    /** Makes sure that dead letters can be kept where the configuration says. */
    void requireStore(WalwireConfig config) {
        if (policy == null) {
            new ConfiguredFailure(config, credentials(config)).requireStore();
        }
    }

    /** The supplier that the user gave, or one for the configured credentials. It is called for every connection attempt. */
    Supplier<Credentials> credentials(WalwireConfig config) {
        if (credentials != null) {
            return credentials;
        }
        Credentials configured = Objects.requireNonNull(config.server().credentials(), "credentials");
        return () -> configured;
    }
}
