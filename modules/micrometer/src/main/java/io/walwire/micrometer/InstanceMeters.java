package io.walwire.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.walwire.event.Kind;
import io.walwire.lifecycle.State;
import io.walwire.lifecycle.Status;
import io.walwire.listener.HandledEvents;
import io.walwire.listener.HandledTransaction;
import io.walwire.listener.HandlerCall;
import io.walwire.listener.HandlerCall.Outcome;
import io.walwire.listener.HandlerCalls;
import io.walwire.listener.ObservedBackfill;
import io.walwire.listener.ObservedInstance;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** The meters of one instance in one registry. Counting makes no garbage. Safe for several threads. */
final class InstanceMeters {
    private final MeterRegistry registry;
    private final ObservedInstance instance;
    private final Tags base;
    private final Queue<Meter> registered = new ConcurrentLinkedQueue<>();
    private final TableCounters tables;
    private final TableCounters backfills;
    private final BoundedTag<Map<Outcome, CallTimes>> handlers;
    private final Timer endToEnd;
    private final Counter deadLetters;
    private final Counter gaps;

    /** Guarded by this. */
    private boolean removed;

    /**
     * Registers what is not known by a tag yet.
     *
     * @param registry where
     * @param instance whose
     * @param slot measures its slot
     */
    InstanceMeters(MeterRegistry registry, ObservedInstance instance, SlotProbe slot) {
        this.registry = registry;
        this.instance = instance;
        this.base = Tags.of("name", instance.details().name());
        this.tables = new TableCounters((table, kind) -> add(
                Counter.builder("walwire.events").description("Events of subscribed tables that are handled"),
                Tags.of("table", table, "kind", kind.jsonName())));
        this.backfills = new TableCounters((table, kind) -> addBackfill(table));
        this.handlers = new BoundedTag<>(this::times);
        this.endToEnd = keep(Timer.builder("walwire.end.to.end")
                .description("From the commit of a transaction, by the server's clock, until it is handled")
                .tags(base)
                .register(registry));
        this.deadLetters = add(
                Counter.builder("walwire.deadletters")
                        .description("Failed calls that were handed over as dead letters"),
                Tags.empty());
        this.gaps = add(
                Counter.builder("walwire.gaps").description("Places where changes are missing, or may be"),
                Tags.empty());
        addLag();
        addBytes(slot);
        addCounts();
        for (State state : State.values()) {
            addState(state);
        }
    }

    private <M extends Meter> M keep(M meter) {
        registered.add(meter);
        return meter;
    }

    private synchronized Counter add(Counter.Builder counter, Tags tags) {
        return keep(counter.tags(base.and(tags)).register(registry()));
    }

    /** After {@link #remove} an unregistered meter, because a call may end later than its instance. */
    private MeterRegistry registry() {
        return removed ? new CompositeMeterRegistry() : registry;
    }

    private void addLag() {
        keep(TimeGauge.builder(
                        "walwire.lag",
                        instance,
                        TimeUnit.SECONDS,
                        observed -> observed.status().lag().toNanos() / 1e9)
                .description("Age of the oldest transaction that is received and not finished")
                .tags(base)
                .strongReference(true)
                .register(registry));
    }

    private void addBytes(SlotProbe slot) {
        bytes("walwire.lag.bytes", "Log between the confirmed and the highest received position", this::lagBytes);
        bytes("walwire.queued", "Received changes that wait to be handled", this::queuedBytes);
        bytes("walwire.slot.retained", "Log that the server keeps for the slot", slot::retained);
        bytes("walwire.slot.safe", "Log that can be written before the slot may be lost", slot::safe);
    }

    private double lagBytes() {
        return instance.status().lagBytes();
    }

    private double queuedBytes() {
        return instance.status().queuedBytes();
    }

    private void bytes(String name, String description, Supplier<Number> value) {
        keep(Gauge.builder(name, value)
                .description(description)
                .baseUnit("bytes")
                .tags(base)
                .strongReference(true)
                .register(registry));
    }

    private synchronized Counter addBackfill(String table) {
        keep(Gauge.builder("walwire.backfill.remaining", () -> remaining(table))
                .description("About how much of the table is to be read, by its size on the server's disk")
                .baseUnit("bytes")
                .tags(base.and("table", table))
                .strongReference(true)
                .register(registry()));
        return add(
                Counter.builder("walwire.backfill.rows").description("Existing rows that are read and handled"),
                Tags.of("table", table));
    }

    private double remaining(String table) {
        return instance.backfills().stream()
                .filter(run -> table.equals(tag(run)))
                .map(ObservedBackfill::progress)
                .mapToLong(progress -> Math.max(0, progress.totalBytes() - progress.bytes()))
                .sum();
    }

    private String tag(ObservedBackfill run) {
        return backfills.isKnown(run.schema(), run.table())
                ? TableCounters.tag(run.schema(), run.table())
                : BoundedTag.OTHER;
    }

    private void addCounts() {
        count("walwire.transactions", "Transactions that are handled", Status::transactions);
        count("walwire.retries", "Failed calls of handlers that were made again", Status::retries);
        count("walwire.reconnects", "Lost connections that were replaced", Status::reconnects);
    }

    private void count(String name, String description, ToDoubleFunction<Status> value) {
        keep(FunctionCounter.builder(name, instance, observed -> value.applyAsDouble(observed.status()))
                .description(description)
                .tags(base)
                .register(registry));
    }

    private void addState(State state) {
        keep(Gauge.builder(
                        "walwire.state", instance, observed -> observed.status().state() == state ? 1 : 0)
                .description("1 for the state that the instance is in, 0 for the others")
                .tags(base.and("state", lowerCase(state)))
                .strongReference(true)
                .register(registry));
    }

    private synchronized Map<Outcome, CallTimes> times(String handler) {
        Map<Outcome, CallTimes> all = new EnumMap<>(Outcome.class);
        for (Outcome outcome : Outcome.values()) {
            CallTimes times = new CallTimes(registry().config().clock());
            all.put(outcome, times);
            addTimes(times, base.and("handler", handler, "outcome", lowerCase(outcome)));
        }
        return all;
    }

    private void addTimes(CallTimes times, Tags tags) {
        keep(FunctionTimer.builder("walwire.handler", times, CallTimes::count, CallTimes::nanos, TimeUnit.NANOSECONDS)
                .description("Calls of a handler's code, each attempt on its own")
                .tags(tags)
                .register(registry()));
        keep(TimeGauge.builder("walwire.handler.max", times, TimeUnit.NANOSECONDS, CallTimes::maxNanos)
                .description("The longest of the last calls of a handler's code")
                .tags(tags)
                .register(registry()));
    }

    private static String lowerCase(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    void called(HandlerCall call) {
        countCalls(call.handler(), call.outcome(), 1, call.nanos());
        if (call.outcome() == Outcome.DEAD_LETTER) {
            deadLetters.increment();
        }
    }

    void called(HandlerCalls calls) {
        countCalls(calls.handler(), Outcome.SUCCEEDED, calls.count(), calls.nanos());
    }

    private void countCalls(String handler, Outcome outcome, int calls, long nanos) {
        CallTimes times = handlers.of(handler).get(outcome);
        if (times != null) {
            times.add(calls, nanos);
        }
    }

    void handled(HandledEvents events) {
        tables.counter(events.schema(), events.table(), events.kind()).increment((double) events.count());
        if (events.kind() == Kind.READ) {
            backfills.counter(events.schema(), events.table(), Kind.READ).increment((double) events.count());
        }
    }

    /**
     * Clocks of two machines agree to milliseconds at best, so that these do; and a commit may seem to come from the future.
     */
    void handled(HandledTransaction transaction) {
        long millis = System.currentTimeMillis() - transaction.timestamp().toEpochMilli();
        endToEnd.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
    }

    void missed() {
        gaps.increment();
    }

    /** Removes all that was registered. Nothing is counted after that. */
    synchronized void remove() {
        removed = true;
        for (Meter meter = registered.poll(); meter != null; meter = registered.poll()) {
            registry.remove(meter);
            meter.close();
        }
    }
}
