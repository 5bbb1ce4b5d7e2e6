package io.walwire.internal.watch;

import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ChangeEvent;
import io.walwire.watch.Membership;
import io.walwire.watch.Subscription;
import io.walwire.watch.Transition;
import io.walwire.watch.Watch;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchIterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

/** A {@link WatchSpec} and the watches of the instance that it is for; each step is another one. */
public final class WatchBuilder implements Transition {
    private final Watches watches;
    private final WatchSpec spec;

    private WatchBuilder(Watches watches, WatchSpec spec) {
        this.watches = watches;
        this.spec = spec;
    }

    static WatchBuilder of(Watches watches, TableName table) {
        return new WatchBuilder(watches, new WatchSpec(table));
    }

    /** The same watch with something changed. */
    private WatchBuilder with(Consumer<WatchSpec> change) {
        return new WatchBuilder(watches, spec.with(change));
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

    private Watch kind(Kind kind) {
        return with(copy -> copy.kinds = WatchSpec.plus(copy.kinds, List.of(kind)));
    }

    @Override
    public Watch columns(String... columns) {
        return with(copy -> copy.columns = WatchSpec.plus(copy.columns, List.of(columns)));
    }

    @Override
    public Transition changed(String column) {
        WatchSpec.Step step = new WatchSpec.Step(required(column, "column"), null, null);
        return with(copy -> copy.transitions = WatchSpec.plus(copy.transitions, List.of(step)));
    }

    @Override
    public Transition from(@Nullable Object value) {
        return step(last -> new WatchSpec.Step(last.column(), new WatchSpec.Given(value), last.to()));
    }

    @Override
    public Transition to(@Nullable Object value) {
        return step(last -> new WatchSpec.Step(last.column(), last.from(), new WatchSpec.Given(value)));
    }

    private WatchBuilder step(UnaryOperator<WatchSpec.Step> change) {
        int last = spec.transitions.size() - 1;
        WatchSpec.Step step = change.apply(spec.transitions.get(last));
        return with(copy -> copy.transitions = WatchSpec.plus(copy.transitions.subList(0, last), List.of(step)));
    }

    @Override
    public Watch key(Object value) {
        return keyed(Map.of(WatchSpec.ONLY_KEY, required(value, "value of a key")));
    }

    @Override
    public Watch key(Map<String, ?> values) {
        Map<String, Object> copy = new LinkedHashMap<>();
        values.forEach((column, value) -> copy.put(column, required(value, "value of a key")));
        return keyed(copy);
    }

    private Watch keyed(Map<String, Object> values) {
        return with(copy -> {
            copy.key = new LinkedHashSet<>(values.keySet());
            copy.addValues(values);
        });
    }

    @Override
    public Watch where(String column, @Nullable Object value) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        values.put(required(column, "column"), value);
        return with(copy -> copy.addValues(values));
    }

    @Override
    public Watch where(Predicate<? super Row> predicate) {
        required(predicate, "predicate");
        return with(copy -> copy.predicates = WatchSpec.plus(copy.predicates, List.of(predicate)));
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
        WatchSpec.Member member = new WatchSpec.Member(membership, required(predicate, "predicate"));
        return with(copy -> copy.memberships = WatchSpec.plus(copy.memberships, List.of(member)));
    }

    @Override
    public Watch keysOnly() {
        return carrying(true, null);
    }

    @Override
    public Watch select(String... columns) {
        return carrying(false, new LinkedHashSet<>(List.of(columns)));
    }

    private Watch carrying(boolean keysOnly, @Nullable Set<String> selected) {
        return with(copy -> {
            copy.keysOnly = keysOnly;
            copy.selected = selected;
        });
    }

    @Override
    public Watch label(String label) {
        required(label, "label");
        return with(copy -> copy.label = label);
    }

    @Override
    public Watch dropOldest(int most) {
        return buffering(WatchSpec.Overflow.DROP_OLDEST, most);
    }

    @Override
    public Watch latestPerKey(int most) {
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
        return with(copy -> {
            copy.overflow = overflow;
            copy.maxWaiting = most;
        });
    }

    private static <T> T required(@Nullable T value, String what) {
        return Objects.requireNonNull(value, what);
    }

    @Override
    public Subscription subscribe(Consumer<? super WatchEvent> subscriber) {
        return subscribe(watches.threads(), subscriber);
    }

    @Override
    public Subscription subscribe(Executor executor, Consumer<? super WatchEvent> subscriber) {
        return SubscriberDelivery.start(
                watches, spec, required(executor, "executor"), required(subscriber, "subscriber"));
    }

    @Override
    public Flow.Publisher<WatchEvent> publisher() {
        return publisher(watches.threads());
    }

    @Override
    public Flow.Publisher<WatchEvent> publisher(Executor executor) {
        required(executor, "executor");
        watches.check(spec);
        return subscriber -> SubscriberDelivery.startPublished(watches, spec, executor, subscriber);
    }

    @Override
    public WatchIterator iterator() {
        return new BlockingIterator(watches.register(spec, () -> {}));
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
        Matcher matcher = watches.check(spec);
        return event -> event instanceof ChangeEvent change ? matcher.match(change) : null;
    }
}
