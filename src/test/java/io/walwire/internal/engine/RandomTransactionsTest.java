package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Lsn;
import io.walwire.event.Row;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Interceptor;
import io.walwire.internal.dispatch.CallBoundary;
import io.walwire.internal.dispatch.CallContext;
import io.walwire.internal.dispatch.Declarations;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.lanes.Lanes;
import io.walwire.internal.listener.Listeners;
import io.walwire.internal.transaction.RandomRows;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.internal.watch.Watches;
import io.walwire.testing.Typed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random transactions through the handler thread: the order of each key, what stands alone, and what is confirmed meanwhile. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class RandomTransactionsTest {
    private static final int TRANSACTIONS = 600;
    private static final int CONCURRENCY = 8;
    private static final int MAX_STAGES = 16;

    private final WorkQueue queue = new WorkQueue(20_000);
    private final Lifecycle lifecycle = new Lifecycle("test", Listeners.none());
    private final ThreadGroup group = new ThreadGroup("test");
    private final Positions positions = new Positions();
    private final Watches watches = new Watches("test", group, new NoTables());
    private final Set<String> running = ConcurrentHashMap.newKeySet();
    private final AtomicInteger calls = new AtomicInteger();
    private final Map<String, List<String>> handled = new ConcurrentHashMap<>();
    private final Set<String> done = ConcurrentHashMap.newKeySet();
    private final List<String> complaints = new ArrayList<>();
    private final Map<Lsn, Set<String>> eventsByEnd = new ConcurrentHashMap<>();
    private final List<Lsn> confirmed = new ArrayList<>();
    private final AtomicBoolean batching = new AtomicBoolean();
    private final Set<String> batched = Collections.synchronizedSet(new LinkedHashSet<>());
    private final List<String> order = new ArrayList<>();
    private int mostAtOnce;
    private boolean batches = true;
    private boolean withLanes;
    private boolean ordered = true;

    /** Where calls take their time that complete later; null for calls that do not. */
    private @Nullable ExecutorService sending;

    private static List<String> keys(Event event) {
        Row key = Typed.row(event).key();
        if (key == null) {
            return List.of("no key");
        }
        Set<String> keys = new HashSet<>();
        keys.add(event.source().table() + " " + key.text("id"));
        Row before = event.kind() == Kind.UPDATE ? Typed.row(event).beforeRow() : null;
        if (before != null) {
            keys.add(event.source().table() + " " + before.text("id"));
        }
        return List.copyOf(keys);
    }

    private synchronized void complain(String what) {
        complaints.add(what);
    }

    /** So that calls of lanes meet. */
    private void takeTime() {
        if (withLanes) {
            LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(200_000));
        }
    }

    private CompletionStage<?> send(Event event) {
        return CompletableFuture.runAsync(
                () -> {
                    if (ordered) {
                        call(event);
                    } else {
                        LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(200_000));
                        done.add(event.toString());
                    }
                },
                Objects.requireNonNull(sending));
    }

    private void call(Event event) {
        int now = calls.incrementAndGet();
        synchronized (this) {
            mostAtOnce = Math.max(mostAtOnce, now);
        }
        boolean alone = event.kind() == Kind.TRUNCATE;
        List<String> keys = alone ? List.of() : keys(event);
        if (alone && now > 1) {
            complain("not alone: " + event);
        }
        for (String key : keys) {
            if (!running.add(key)) {
                complain("beside another of " + key + ": " + event);
            }
        }
        takeTime();
        for (String key : keys) {
            handled.computeIfAbsent(key, first -> new ArrayList<>()).add(event.toString());
            running.remove(key);
        }
        if (alone && calls.get() > 1) {
            complain("not alone to its end: " + event);
        }
        calls.decrementAndGet();
        done.add(event.toString());
    }

    /** One at a time, in commit order. */
    private void batch(List<? extends Event> events) {
        if (!batching.compareAndSet(false, true)) {
            complain("a batch beside another: " + events);
        }
        takeTime();
        events.forEach(event -> batched.add(event.toString()));
        batching.set(false);
    }

    private void confirm(Lsn lsn) {
        synchronized (this) {
            if (!confirmed.isEmpty() && lsn.isBefore(confirmed.get(confirmed.size() - 1))) {
                complain("confirmed " + lsn + " after what is higher");
            }
            confirmed.add(lsn);
        }
        // what is done stays done, so that each transaction is looked at once
        eventsByEnd.entrySet().removeIf(each -> isConfirmed(each.getKey(), each.getValue(), lsn));
        positions.receive(lsn);
        positions.confirm(lsn);
    }

    private boolean isConfirmed(Lsn end, Set<String> events, Lsn lsn) {
        if (lsn.isBefore(end)) {
            return false;
        }
        if (!done.containsAll(events) || batches && !batched.containsAll(events)) {
            complain("confirmed " + lsn + ", but not done with all of " + events);
        }
        return true;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void lanes_randomTransactions_orderedPerKey_confirmedInOrder(long seed) throws Exception {
        run(seed, new Lanes(group, CONCURRENCY, 64, lifecycle::isStopping), UserCode.NO_INTERCEPTOR);
        assertThat(mostAtOnce).isBetween(4, CONCURRENCY);
    }

    @ParameterizedTest
    @ValueSource(longs = {6, 7})
    void batchesWithoutLanes_confirmedInOrder(long seed) throws Exception {
        run(seed, null, UserCode.NO_INTERCEPTOR);
        assertThat(mostAtOnce).isOne();
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 9})
    void neitherLanesNorBatches_confirmedInOrder(long seed) throws Exception {
        batches = false;
        run(seed, null, UserCode.NO_INTERCEPTOR);
        assertThat(mostAtOnce).isOne();
    }

    @Test
    void interceptor_withBatches_confirmedInOrder() throws Exception {
        run(10, null, (transaction, next) -> next.proceed(transaction));
        assertThat(mostAtOnce).isOne();
    }

    @Test
    void interceptor_withLanes_confirmedInOrder() throws Exception {
        Lanes lanes = new Lanes(group, CONCURRENCY, 64, lifecycle::isStopping);
        run(11, lanes, (transaction, next) -> next.proceed(transaction));
    }

    @ParameterizedTest
    @ValueSource(longs = {12, 13, 14})
    void asyncWithLanes_orderedPerKey_confirmedInOrder(long seed) throws Exception {
        sendAside();
        run(seed, new Lanes(group, 2, 64, lifecycle::isStopping), UserCode.NO_INTERCEPTOR);
        assertThat(mostAtOnce).as("more stages than lanes").isBetween(4, MAX_STAGES);
    }

    @ParameterizedTest
    @ValueSource(longs = {15, 16})
    void asyncWithoutLanes_confirmedInOrder(long seed) throws Exception {
        sendAside();
        ordered = false;
        run(seed, null, UserCode.NO_INTERCEPTOR);
    }

    @Test
    void asyncWithInterceptor_confirmedInOrder() throws Exception {
        sendAside();
        ordered = false;
        run(17, null, (transaction, next) -> next.proceed(transaction));
    }

    @Test
    void asyncWithInterceptorAndLanes_confirmedInOrder() throws Exception {
        sendAside();
        Lanes lanes = new Lanes(group, CONCURRENCY, 64, lifecycle::isStopping);
        run(18, lanes, (transaction, next) -> next.proceed(transaction));
    }

    private void sendAside() {
        sending = Executors.newFixedThreadPool(MAX_STAGES);
    }

    @AfterEach
    void endSending() {
        if (sending != null) {
            sending.shutdownNow();
        }
    }

    private void run(long seed, @Nullable Lanes lanes, Interceptor interceptor) throws Exception {
        withLanes = lanes != null;
        Dispatcher dispatcher = new Dispatcher(
                "test",
                group,
                new Dispatcher.Limits(1, MAX_STAGES, Duration.ofSeconds(30)),
                new CallContext(lifecycle, CallBoundary.NONE, Listeners.none()),
                lanes);
        EventHandler handler = on -> {
            if (sending == null) {
                on.allTables().onChange(this::call);
            } else {
                on.allTables().onChangeAsync(this::send);
            }
            if (batches) {
                on.allTables().batch(7, Duration.ofMillis(2), this::batch);
            }
        };
        dispatcher.add(Declarations.of(handler, FailurePolicy.stop()));
        Handled counts = new Handled(positions, this::confirm, Listeners.none());
        Thread loop = new Thread(new HandlerLoop(
                queue,
                lifecycle,
                new HandlerStages(
                        (work, beforeWait) -> true, WorkBoundary.NONE, interceptor, dispatcher, watches, counts)));
        loop.start();
        Map<String, List<String>> expected = new HashMap<>();
        Lsn last = feed(new RandomRows(seed), new Random(seed), expected);
        assertThat(queue.awaitFinished(TimeUnit.SECONDS.toMillis(60))).isTrue();
        assertThat(queue.isFinished()).isTrue();
        queue.close();
        loop.join();
        dispatcher.close();
        watches.end(null);
        assertThat(lifecycle.failure()).isNull();
        assertThat(complaints).as("seed %d", seed).isEmpty();
        assertThat(handled).as("seed %d", seed).isEqualTo(ordered ? expected : Map.of());
        assertThat(List.copyOf(batched)).as("seed %d", seed).isEqualTo(batches ? order : List.of());
        assertThat(confirmed).hasSize(TRANSACTIONS).endsWith(last);
        assertThat(queue.heldBytes()).isZero();
    }

    /** Gives transactions to the queue, some of them twice, as after a lost connection. */
    private Lsn feed(RandomRows rows, Random random, Map<String, List<String>> expected) throws InterruptedException {
        List<TransactionPart> recent = new ArrayList<>();
        Lsn last = Lsn.ZERO;
        for (int i = 0; i < TRANSACTIONS; i++) {
            List<TransactionPart> parts = rows.next();
            last = Objects.requireNonNull(parts.get(parts.size() - 1).endLsn());
            Set<String> names = new HashSet<>();
            for (TransactionPart part : parts) {
                for (Event event : part.events()) {
                    names.add(event.toString());
                    order.add(event.toString());
                    if (event.kind() != Kind.TRUNCATE) {
                        keys(event).forEach(key -> expected.computeIfAbsent(key, first -> new ArrayList<>())
                                .add(event.toString()));
                    }
                }
            }
            eventsByEnd.put(last, names);
            offer(parts);
            recent.addAll(parts);
            if (random.nextInt(25) == 0) {
                offer(recent);
                recent.clear();
            }
        }
        return last;
    }

    private void offer(List<TransactionPart> parts) throws InterruptedException {
        for (TransactionPart part : parts) {
            while (!queue.offer(new Work.Part(part), 100)) {
                assertThat(lifecycle.failure()).isNull();
            }
        }
    }
}
