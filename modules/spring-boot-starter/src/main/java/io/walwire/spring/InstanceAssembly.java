package io.walwire.spring;

import io.walwire.DeadLetters;
import io.walwire.JdbcCheckpoint;
import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.error.ConfigurationException;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Interceptor;
import io.walwire.listener.WalwireListener;
import io.walwire.sink.Sink;
import io.walwire.spring.internal.InstanceStarter;
import io.walwire.spring.internal.PreparedInstance;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.core.env.Environment;

/** Starts instances from the application's keys and beans. */
final class InstanceAssembly {
    /** The name of the only instance, if {@code walwire.instances} names none. */
    static final String ONLY = "walwire";

    private static final String CLOSE_TIMEOUT = "walwire.close.timeout";

    private final ConfigurableListableBeanFactory factory;
    private final ApplicationContext context;
    private final InstanceBeans beans;
    private final EnvironmentKeys keys;
    private final Connections connections;
    private final ShutdownTime shutdown;
    private @Nullable HandlerBeans handlers;

    InstanceAssembly(ConfigurableListableBeanFactory factory, ApplicationContext context) {
        Environment environment = context.getEnvironment();
        this.factory = factory;
        this.context = context;
        beans = new InstanceBeans(factory);
        keys = new EnvironmentKeys(environment);
        connections = new Connections(factory.getBeanProvider(ApplicationDatabase.Source.class), environment);
        shutdown = ShutdownTime.of(environment);
    }

    /** The application. */
    ApplicationContext context() {
        return context;
    }

    /** The names of all instances, at least one. */
    static Set<String> names(Environment environment) {
        Set<String> names = new EnvironmentKeys(environment).instanceNames();
        return names.isEmpty() ? Set.of(ONLY) : names;
    }

    /**
     * Starts an instance.
     *
     * @throws io.walwire.error.WalwireException as {@link WalwireBuilder#start()} does
     */
    Started start(String instance) {
        Set<String> named = keys.instanceNames();
        try {
            Map<String, String> values = keys.of(named.isEmpty() ? null : instance);
            ShutdownTime time = shutdown.with(values.get(CLOSE_TIMEOUT));
            values.putIfAbsent(CLOSE_TIMEOUT, time.close().toString());
            Map<String, EventHandler> all = handlers(named).of(instance);
            checkStages(all, instance, named);
            PreparedInstance prepared = new PreparedInstance(
                    instance,
                    values,
                    all,
                    beans.one(Interceptor.class, instance),
                    builder -> addBeans(builder, instance, named));
            InstanceStarter other =
                    factory.getBeanProvider(InstanceStarter.class).getIfAvailable();
            return other == null
                    ? new Started(connect(prepared), time.drain(), true)
                    : new Started(other.start(prepared), time.drain(), false);
        } catch (ConfigurationException e) {
            throw named.isEmpty() ? e : inInstance(instance, e);
        }
    }

    /**
     * An instance that has started.
     *
     * @param current the instance
     * @param drain how long a stop may drain it
     * @param keepsAlive whether the application runs as long as it does: in the test kit it does not
     */
    record Started(Supplier<Walwire> current, Duration drain, boolean keepsAlive) {
        Walwire walwire() {
            return current.get();
        }
    }

    private Supplier<Walwire> connect(PreparedInstance prepared) {
        Map<String, String> values = new LinkedHashMap<>(prepared.keys());
        connections.complete(values);
        WalwireBuilder builder = Walwire.builder().properties(values);
        prepared.handlers().forEach(builder::handler);
        if (prepared.interceptor() != null) {
            builder.interceptor(prepared.interceptor());
        }
        prepared.others().accept(builder);
        Walwire walwire = builder.start();
        return () -> walwire;
    }

    private static ConfigurationException inInstance(String instance, ConfigurationException e) {
        return new ConfigurationException(e.problems().stream()
                .map(problem -> "Instance " + instance + ": " + problem)
                .toList());
    }

    private synchronized HandlerBeans handlers(Set<String> named) {
        HandlerBeans found = handlers;
        if (found == null) {
            Set<String> instances = named.isEmpty() ? Set.of(ONLY) : new LinkedHashSet<>(named);
            found = new HandlerBeans(beans, new ChangeMethods(factory), instances);
            handlers = found;
        }
        return found;
    }

    private void addBeans(WalwireBuilder builder, String instance, Set<String> named) {
        FailurePolicy policy = beans.one(FailurePolicy.class, instance);
        DeadLetters letters = beans.one(DeadLetters.class, instance);
        if (policy != null) {
            builder.failurePolicy(policy);
        } else if (letters != null) {
            builder.deadLetters(letters);
        }
        JdbcCheckpoint checkpoint = beans.unshared(JdbcCheckpoint.class, instance, named);
        if (checkpoint != null) {
            builder.checkpoint(checkpoint);
        }
        Sink sink = beans.unshared(Sink.class, instance, named);
        if (sink != null) {
            builder.sink(sink);
        }
        beans.of(WalwireListener.class, instance).forEach(builder::listener);
        beans.of(WalwireBuilderCustomizer.class, instance).forEach(customizer -> customizer.customize(builder));
    }

    /** The builder would refuse them, too, but it does not know how the method has to change. */
    private void checkStages(Map<String, EventHandler> handlers, String instance, Set<String> named) {
        boolean checkpoint = beans.unshared(JdbcCheckpoint.class, instance, named) != null;
        if (!checkpoint && beans.unshared(Sink.class, instance, named) == null) {
            return;
        }
        List<String> problems = handlers.values().stream()
                .filter(handler -> handler instanceof ChangeMethod method && method.returnsStage())
                .map(handler -> "@OnChange on " + handler.handlerName()
                        + ": it returns a CompletionStage, but the instance has a "
                        + (checkpoint ? "JdbcCheckpoint" : "Sink")
                        + ", which would get a transaction before that work is done; return void")
                .toList();
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }
}
