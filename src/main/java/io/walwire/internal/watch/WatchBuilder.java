package io.walwire.internal.watch;

import io.walwire.event.Condition;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.internal.text.TableName;
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
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** A watch that is being put together; each step is another one. */
public final class WatchBuilder implements Transition {
    private static final String COLUMN = "column";
    private static final String PREDICATE = "predicate";

    private final Watches watches;
    private final WatchSpec spec;

    private WatchBuilder(Watches watches, WatchSpec spec) {
        this.watches = watches;
        this.spec = spec;
    }

    static WatchBuilder of(Watches watches, TableName table) {
        return new WatchBuilder(watches, new Draft(table).spec());
    }

    /** The same watch with something changed. */
    private WatchBuilder edit(Consumer<Draft> change) {
        Draft draft = new Draft(spec);
        change.accept(draft);
        return new WatchBuilder(watches, draft.spec());
    }

    @Override
    public Watch inserted() {
        return edit(draft -> draft.kinds.add(Kind.INSERT));
    }

    @Override
    public Watch updated() {
        return edit(draft -> draft.kinds.add(Kind.UPDATE));
    }

    @Override
    public Watch deleted() {
        return edit(draft -> draft.kinds.add(Kind.DELETE));
    }

    @Override
    public Watch truncated() {
        return edit(draft -> draft.kinds.add(Kind.TRUNCATE));
    }

    @Override
    public Watch columns(String... columns) {
        return edit(draft -> draft.columns.addAll(List.of(columns)));
    }

    @Override
    public Transition changed(String column) {
        Objects.requireNonNull(column, COLUMN);
        return edit(draft -> draft.transitions.add(new WatchSpec.Step(column, null, null)));
    }

    @Override
    public Transition from(@Nullable Object value) {
        return step(last -> new WatchSpec.Step(last.column(), new WatchSpec.Asked(value), last.to()));
    }

    @Override
    public Transition to(@Nullable Object value) {
        return step(last -> new WatchSpec.Step(last.column(), last.from(), new WatchSpec.Asked(value)));
    }

    private WatchBuilder step(Function<WatchSpec.Step, WatchSpec.Step> change) {
        return edit(draft -> {
            int last = draft.transitions.size() - 1;
            draft.transitions.set(last, change.apply(draft.transitions.get(last)));
        });
    }

    @Override
    public Watch key(Object value) {
        Objects.requireNonNull(value, "value of a key");
        return edit(draft -> {
            draft.key = Set.of(WatchSpec.ONLY_KEY);
            draft.values.put(WatchSpec.ONLY_KEY, value);
        });
    }

    @Override
    public Watch key(Map<String, ?> values) {
        Map<String, Object> copy = new LinkedHashMap<>();
        values.forEach((column, value) -> copy.put(column, Objects.requireNonNull(value, "value of a key")));
        return edit(draft -> {
            draft.key = new LinkedHashSet<>(copy.keySet());
            draft.values.putAll(copy);
        });
    }

    @Override
    public Watch where(String column, @Nullable Object value) {
        Objects.requireNonNull(column, COLUMN);
        return edit(draft -> draft.values.put(column, value));
    }

    @Override
    public Watch where(Condition condition) {
        Objects.requireNonNull(condition, "condition");
        return edit(draft -> draft.conditions.add(condition));
    }

    @Override
    public Watch where(Predicate<? super Row> predicate) {
        Objects.requireNonNull(predicate, PREDICATE);
        return edit(draft -> draft.predicates.add(predicate));
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
        Objects.requireNonNull(predicate, PREDICATE);
        return edit(draft -> draft.memberships.add(new WatchSpec.Member(membership, predicate)));
    }

    @Override
    public Watch keysOnly() {
        return edit(draft -> {
            draft.content = WatchSpec.Content.KEYS;
            draft.selected = null;
        });
    }

    @Override
    public Watch select(String... columns) {
        Set<String> selected = new LinkedHashSet<>(List.of(columns));
        return edit(draft -> {
            draft.content = WatchSpec.Content.SELECTED;
            draft.selected = selected;
        });
    }

    @Override
    public Watch label(String label) {
        Objects.requireNonNull(label, "label");
        return edit(draft -> draft.label = label);
    }

    @Override
    public Watch dropOldest(int most) {
        return buffering(Buffering.Policy.DROP_OLDEST, most);
    }

    @Override
    public Watch conflate(int most) {
        return buffering(Buffering.Policy.LATEST_PER_KEY, most);
    }

    @Override
    public Watch closeOnOverflow(int most) {
        return buffering(Buffering.Policy.CLOSE, most);
    }

    private Watch buffering(Buffering.Policy policy, int most) {
        Buffering buffering = new Buffering(policy, most);
        return edit(draft -> draft.buffering = buffering);
    }

    @Override
    public Subscription subscribe(Consumer<? super WatchEvent> subscriber) {
        return subscribe(watches.threads(), subscriber);
    }

    @Override
    public Subscription subscribe(Executor executor, Consumer<? super WatchEvent> subscriber) {
        Objects.requireNonNull(executor, "executor");
        CallbackSubscriber callback = new CallbackSubscriber(Objects.requireNonNull(subscriber, "subscriber"));
        Delivery delivery = new Delivery(executor, callback);
        Watcher watcher = watches.register(spec, delivery::wake);
        delivery.attach(watcher);
        delivery.start(callback);
        return watcher;
    }

    @Override
    public Flow.Publisher<WatchEvent> publisher() {
        return publisher(watches.threads());
    }

    @Override
    public Flow.Publisher<WatchEvent> publisher(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        watches.check(spec);
        return new WatchPublisher(watches, spec, executor);
    }

    @Override
    public WatchIterator iterator() {
        return new Blocking(watches.register(spec, () -> {}));
    }

    @Override
    public Stream<WatchEvent> stream() {
        WatchIterator iterator = iterator();
        int facts = Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.IMMUTABLE;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(iterator, facts), false)
                .onClose(iterator::close);
    }

    /**
     * The watch as a function, for who has events of its own to hold against it.
     *
     * @return gives null for what the watch does not ask for; for one thread
     */
    public Function<Event, @Nullable WatchEvent> asFunction() {
        Matcher matcher = watches.check(spec);
        return new EventFunction(spec, matcher);
    }
}
