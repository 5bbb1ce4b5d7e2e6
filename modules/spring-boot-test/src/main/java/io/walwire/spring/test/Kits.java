package io.walwire.spring.test;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.spring.internal.InstanceStarter;
import io.walwire.spring.internal.PreparedInstance;
import io.walwire.testkit.WalwireKit;
import io.walwire.testkit.WalwireKitBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;

/** Starts the application's instances in kits, one for each. */
final class Kits implements InstanceStarter, DisposableBean {
    /** Keys that have a meaning without a server. Names that are no key stay, too, so that the builder can say so. */
    private static final Set<String> KEPT = Set.of(
            "walwire.name",
            "walwire.subscriptions",
            "walwire.close.timeout",
            "walwire.failure",
            "walwire.failure.retries",
            "walwire.handlers",
            "walwire.handlers.package",
            "walwire.messages",
            "walwire.origin",
            "walwire.concurrency",
            "walwire.function.threads",
            "walwire.async.limit",
            "walwire.buffer",
            "walwire.coalesce");

    private static final List<String> OF_SERVERS = List.of("walwire.pgjdbc.", "walwire.kafka.");

    private final ObjectProvider<WalwireKitCustomizer> customizers;
    private final Map<String, WalwireKit> byInstance = new ConcurrentHashMap<>();

    Kits(ObjectProvider<WalwireKitCustomizer> customizers) {
        this.customizers = customizers;
    }

    @Override
    public Supplier<Walwire> start(PreparedInstance prepared) {
        WalwireKitBuilder builder = WalwireKit.builder();
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        prepared.handlers().forEach(builder::handler);
        if (prepared.interceptor() != null) {
            builder.interceptor(prepared.interceptor());
        }
        Map<String, String> keys = kept(prepared.keys());
        WalwireKit kit = builder.configure(instance -> configure(instance, keys, prepared))
                .start();
        WalwireKit before = byInstance.put(prepared.name(), kit);
        if (before != null) {
            close(before); // the context was stopped, and is started again
        }
        return kit::walwire;
    }

    private static void configure(WalwireBuilder instance, Map<String, String> keys, PreparedInstance prepared) {
        keys.forEach(instance::set);
        prepared.others().accept(instance);
    }

    private static Map<String, String> kept(Map<String, String> keys) {
        Map<String, String> kept = new LinkedHashMap<>(keys);
        List<String> known = WalwireBuilder.propertyNames();
        kept.keySet()
                .removeIf(key -> !KEPT.contains(key)
                        && (known.contains(key) || OF_SERVERS.stream().anyMatch(key::startsWith)));
        return kept;
    }

    /**
     * The kit of an instance.
     *
     * @throws IllegalStateException if the instance has not been started
     */
    WalwireKit kit(String instance) {
        WalwireKit kit = byInstance.get(instance);
        if (kit == null) {
            throw new IllegalStateException("The kit of instance " + instance
                    + " is not running. It starts when all beans are created: inject it into the test alone");
        }
        return kit;
    }

    /** Makes all of them ready for the next test, and says what has failed in this one. */
    void reset() {
        AssertionError failure = null;
        for (WalwireKit kit : byInstance.values()) {
            try {
                kit.reset();
            } catch (AssertionError e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void destroy() {
        byInstance.values().forEach(Kits::close);
    }

    /** What has failed was reported after its test. */
    private static void close(WalwireKit kit) {
        try {
            kit.close();
        } catch (AssertionError ignored) { // the test has ended
            return;
        }
    }
}
