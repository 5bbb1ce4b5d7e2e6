package io.walwire.internal.watch;

import static java.util.Objects.requireNonNull;

import io.walwire.event.Condition;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.watch.Membership;
import io.walwire.watch.Subscription;
import io.walwire.watch.Transition;
import io.walwire.watch.Watch;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchIterator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** A watch as the steps that lead to it, so that each step is another watch; {@link WatchSpec} is what they make. */
public final class WatchBuilder implements Transition {
    private final Watches watches;
    private final TableName table;
    private final List<Consumer<WatchSpec>> steps;

    private WatchBuilder(Watches watches, TableName table, List<Consumer<WatchSpec>> steps) {
        this.watches = watches;
        this.table = table;
        this.steps = steps;
    }

    static WatchBuilder of(Watches watches, TableName table) {
        return new WatchBuilder(watches, table, List.of());
    }

    private WatchBuilder with(Consumer<WatchSpec> step) {
        List<Consumer<WatchSpec>> more = new ArrayList<>(steps);
        more.add(step);
        return new WatchBuilder(watches, table, more);
    }

    private WatchSpec spec() {
        WatchSpec spec = new WatchSpec(table);
        steps.forEach(step -> step.accept(spec));
        return spec;
    }

    @Override
    public Watch inserted() {
        return kind(Kind.INSERT);
    }

    @Override
    public Watch updated() {
        return kind(Kind.UPDATE);
    }

    @Override
    public Watch deleted() {
        return kind(Kind.DELETE);
    }

    @Override
    public Watch truncated() {
        return kind(Kind.TRUNCATE);
    }

    @Override
    public Watch reads() {
        return with(spec -> spec.reads = true);
    }

    private Watch kind(Kind kind) {
        return with(spec -> spec.kinds = WatchSpec.plus(spec.kinds, kind));
    }

    @Override
    public Watch columns(String... columns) {
        List<String> more = List.of(columns);
        return with(spec -> more.forEach(column -> spec.columns = WatchSpec.plus(spec.columns, column)));
    }

    @Override
    public Transition changed(String column) {
        WatchSpec.Step step = new WatchSpec.Step(requireNonNull(column, "column"), null, null);
        return with(spec -> spec.transitions = WatchSpec.plus(spec.transitions, step));
    }

    @Override
    public Transition from(@Nullable Object value) {
        return last(last -> new WatchSpec.Step(last.column(), new WatchSpec.Given(value), last.to()));
    }

    @Override
    public Transition to(@Nullable Object value) {
        return last(last -> new WatchSpec.Step(last.column(), last.from(), new WatchSpec.Given(value)));
    }

    private WatchBuilder last(UnaryOperator<WatchSpec.Step> change) {
        return with(spec -> {
            int last = spec.transitions.size() - 1;
            WatchSpec.Step changed = change.apply(spec.transitions.get(last));
            spec.transitions = WatchSpec.plus(spec.transitions.subList(0, last), changed);
        });
    }

    @Override
    public Watch key(Object value) {
        return keyed(Map.of(WatchSpec.ONLY_KEY, requireNonNull(value, "value of a key")));
    }

    @Override
    public Watch key(Map<String, ?> values) {
        Map<String, Object> copy = new LinkedHashMap<>();
        values.forEach((column, value) -> copy.put(column, requireNonNull(value, "value of a key")));
        return keyed(copy);
    }

    private Watch keyed(Map<String, Object> values) {
        return with(spec -> spec.values = spec.values.with(values, values.keySet()));
    }

    @Override
    public Watch where(String column, @Nullable Object value) {
        requireNonNull(column, "column");
        return with(spec -> spec.values = spec.values.with(Collections.singletonMap(column, value), spec.values.key()));
    }

    @Override
    public Watch where(Condition condition) {
        requireNonNull(condition, "condition");
        return with(spec -> spec.conditions = WatchSpec.plus(spec.conditions, condition));
    }

    @Override
    public Watch where(Predicate<? super Row> predicate) {
        requireNonNull(predicate, "predicate");
        return with(spec -> spec.predicates = WatchSpec.plus(spec.predicates, predicate));
    }

    @Override
    public Watch enters(Predicate<? super Row> predicate) {
        return member(Membership.ENTERED, predicate);
    }

    @Override
    public Watch leaves(Predicate<? super Row> predicate) {
        return member(Membership.LEFT, predicate);
    }

    @Override
    public Watch staysIn(Predicate<? super Row> predicate) {
        return member(Membership.STAYED, predicate);
    }

    private Watch member(Membership membership, Predicate<? super Row> predicate) {
        WatchSpec.Member member = new WatchSpec.Member(membership, requireNonNull(predicate, "predicate"));
        return with(spec -> spec.memberships = WatchSpec.plus(spec.memberships, member));
    }

    @Override
    public Watch keysOnly() {
        return carrying(true, Set.of());
    }

    @Override
    public Watch select(String... columns) {
        return carrying(false, new LinkedHashSet<>(List.of(columns)));
    }

    private Watch carrying(boolean keysOnly, Set<String> columns) {
        return with(spec -> {
            spec.keysOnly = keysOnly;
            spec.carried = columns;
        });
    }

    @Override
    public Watch label(String label) {
        requireNonNull(label, "label");
        return with(spec -> spec.label = label);
    }

    @Override
    public Watch dropOldest(int most) {
        return buffering(WatchSpec.Overflow.DROP_OLDEST, most);
    }

    @Override
    public Watch conflate(int most) {
        return buffering(WatchSpec.Overflow.LATEST_PER_KEY, most);
    }

    @Override
    public Watch closeOnOverflow(int most) {
        return buffering(WatchSpec.Overflow.CLOSE, most);
    }

    private Watch buffering(WatchSpec.Overflow overflow, int most) {
        if (most < 1) {
            throw new IllegalArgumentException("A buffer holds at least 1 event, not " + most);
        }
        return with(spec -> {
            spec.overflow = overflow;
            spec.maxWaiting = most;
        });
    }

    @Override
    public Subscription subscribe(Consumer<? super WatchEvent> subscriber) {
        return subscribe(watches.threads(), subscriber);
    }

    @Override
    public Subscription subscribe(Executor executor, Consumer<? super WatchEvent> subscriber) {
        return SubscriberDelivery.start(
                watches, spec(), requireNonNull(executor, "executor"), requireNonNull(subscriber, "subscriber"));
    }

    @Override
    public Flow.Publisher<WatchEvent> publisher() {
        return publisher(watches.threads());
    }

    @Override
    public Flow.Publisher<WatchEvent> publisher(Executor executor) {
        requireNonNull(executor, "executor");
        watches.check(spec());
        return subscriber -> SubscriberDelivery.startPublished(watches, spec(), executor, subscriber);
    }

    @Override
    public WatchIterator iterator() {
        return new BlockingIterator(watches.register(spec(), WatchSubscription.Wake.NOBODY));
    }

    @Override
    public Stream<WatchEvent> stream() {
        WatchIterator iterator = iterator();
        int facts = Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.IMMUTABLE;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(iterator, facts), false)
                .onClose(iterator::close);
    }

    /**
     * The watch as a function, for a caller that has events of its own to compare with it.
     *
     * @return returns null for an event that the watch does not ask for
     */
    public Function<Event, @Nullable WatchEvent> asFunction() {
        Matcher matcher = watches.check(spec());
        return event -> event instanceof ReceivedChange change ? matcher.match(change) : null;
    }
}
