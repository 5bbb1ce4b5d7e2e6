package io.walwire.micrometer;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.walwire.event.Gap;
import io.walwire.lifecycle.State;
import io.walwire.listener.CountingListener;
import io.walwire.listener.HandledEvents;
import io.walwire.listener.HandledTransaction;
import io.walwire.listener.HandlerCall;
import io.walwire.listener.HandlerCalls;
import io.walwire.listener.ObservedInstance;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one instance. Give it to {@code WalwireBuilder.listener}, and bind it to a registry, in any order. What happens
 * before it is bound is not counted; where the instance counts itself, the meters show that.
 *
 * <p>The meters are there from the start of the instance, with the tag {@code name}, the key {@code walwire.name}. Instances of one
 * registry need different names. When the instance is closed, its meters are removed. They stay when it has failed, so that
 * {@code walwire.state} shows it: {@link #close()} removes them. After its end another instance may be started with the same object,
 * and its counts begin at 0.
 *
 * <p>No tag has a row's value. At most 100 tables and 100 handlers are tags, those that come first; the others count as
 * {@code other}. Safe for several threads.
 */
public final class WalwireMetrics implements MeterBinder, CountingListener, AutoCloseable {
    private static final InstanceMeters[] NONE = {};

    private final List<MeterRegistry> registries = new ArrayList<>();
    private @Nullable ObservedInstance instance;
    private @Nullable SlotProbe slot;

    /** Never changed, only replaced, so that going through it takes no lock. */
    private volatile InstanceMeters[] meters = NONE;

    /** Meters of an instance that is not known yet. */
    public WalwireMetrics() {}

    /**
     * Shows the meters in a registry. More registries may follow; a registry that is bound already is not bound again.
     *
     * @param registry where
     */
    @Override
    public synchronized void bindTo(MeterRegistry registry) {
        if (registries.stream().noneMatch(bound -> bound == registry)) {
            registries.add(registry);
            register(registry);
        }
    }

    private void register(MeterRegistry registry) {
        if (instance == null || slot == null) {
            return;
        }
        List<InstanceMeters> more = new ArrayList<>(List.of(meters));
        more.add(new InstanceMeters(registry, instance, slot));
        meters = more.toArray(InstanceMeters[]::new);
    }

    private void unregister() {
        InstanceMeters[] former = meters;
        meters = NONE;
        instance = null;
        slot = null;
        for (InstanceMeters each : former) {
            each.remove();
        }
    }

    /**
     * Registers the meters. Called by the instance.
     *
     * @param started the instance
     * @throws IllegalStateException if another instance that has not ended uses this object
     */
    @Override
    public synchronized void onStart(ObservedInstance started) {
        ObservedInstance before = instance;
        if (before != null && !before.status().state().isFinal()) {
            throw new IllegalStateException("WalwireMetrics was given to instance "
                    + before.details().name() + ", which has not ended, and to instance "
                    + started.details().name() + "; give each instance its own WalwireMetrics");
        }
        unregister();
        instance = started;
        slot = new SlotProbe(started);
        registries.forEach(this::register);
    }

    @Override
    public synchronized void onStateChange(State before, State after) {
        // the last change of a former instance may come when the next one has started
        if (after == State.STOPPED && instance != null && instance.status().state() == State.STOPPED) {
            unregister();
        }
    }

    @Override
    public void onCall(HandlerCall call) {
        for (InstanceMeters each : meters) {
            each.called(call);
        }
    }

    @Override
    public void onCalls(HandlerCalls calls) {
        for (InstanceMeters each : meters) {
            each.called(calls);
        }
    }

    @Override
    public void onEvents(HandledEvents events) {
        for (InstanceMeters each : meters) {
            each.handled(events);
        }
    }

    @Override
    public void onTransaction(HandledTransaction transaction) {
        for (InstanceMeters each : meters) {
            each.handled(transaction);
        }
    }

    @Override
    public void onGap(Gap gap) {
        for (InstanceMeters each : meters) {
            each.missed();
        }
    }

    /** Removes the meters from all registries, and forgets these. The instance goes on. Nothing happens if it is closed already. */
    @Override
    public synchronized void close() {
        unregister();
        registries.clear();
    }
}
