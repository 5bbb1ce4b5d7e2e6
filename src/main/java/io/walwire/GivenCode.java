package io.walwire;

import io.walwire.config.Credentials;
import io.walwire.error.WalwireException;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Interceptor;
import io.walwire.internal.config.HandlerClasses;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.engine.UserCode;
import io.walwire.internal.listener.Listeners;
import io.walwire.listener.WalwireListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The code that a builder was given, to be called by an instance. */
final class GivenCode {
    private final List<UserCode.Registration> handlers = new ArrayList<>();
    private final List<WalwireListener> listeners = new ArrayList<>();

    @Nullable
    FailurePolicy policy;

    @Nullable
    JdbcCheckpoint checkpoint;

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

    /** With the handlers that the configuration names, last. */
    UserCode of(WalwireConfig config) {
        List<UserCode.Registration> all = new ArrayList<>(handlers);
        HandlerClasses.load(
                        config.handlers().classes(),
                        config.handlers().packageName(),
                        config.subscriptions(),
                        HandlerClasses.loader())
                .forEach(handler -> all.add(new UserCode.Registration(handler, null)));
        FailurePolicy ofInstance =
                policy != null ? policy : new ConfiguredFailure(config, credentials(config)).policy();
        return new UserCode(
                List.copyOf(all),
                ofInstance,
                interceptor,
                checkpoint == null ? null : checkpoint.checkpoint(),
                onFailure,
                new Listeners(listeners));
    }

    /** Makes sure that dead letters can be kept where the configuration says. */
    void requireStore(WalwireConfig config) {
        if (policy == null) {
            new ConfiguredFailure(config, credentials(config)).requireStore();
        }
    }

    /** Asked at every connect; those of the configuration where none were given. */
    Supplier<Credentials> credentials(WalwireConfig config) {
        if (credentials != null) {
            return credentials;
        }
        Credentials configured = Objects.requireNonNull(config.server().credentials(), "credentials");
        return () -> configured;
    }
}
