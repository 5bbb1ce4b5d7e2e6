package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.event.RowEvent;
import io.walwire.handler.AsyncCallback;
import io.walwire.handler.EventHandler;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * A client that sends asynchronously. A test completes its stages itself, or has an executor complete them at random.
 * Counts what is in flight.
 */
final class SlowSender implements AutoCloseable {
    private final ExecutorService executor = Executors.newFixedThreadPool(3);
    private final Random random = new Random(7);
    private final List<String> begun = new ArrayList<>();
    private final List<String> completed = new ArrayList<>();
    private final List<Sent> open = new ArrayList<>();
    private final Map<String, RowEvent<?>> events = new HashMap<>();
    private int most;

    private final boolean atRandom;

    private record Sent(String id, CompletableFuture<String> stage) {}

    private SlowSender(boolean atRandom) {
        this.atRandom = atRandom;
    }

    /** The test completes each stage. */
    static SlowSender byHand() {
        return new SlowSender(false);
    }

    /** Completes a random one of those that are open, whenever one more was begun. */
    static SlowSender atRandom() {
        return new SlowSender(true);
    }

    /** Sends inserts. */
    EventHandler handler() {
        return on -> on.table("item").onInsertAsync(callback());
    }

    /** What the next instance of the slot gets. */
    static void assertComeAgain(TestDatabase database, String... ids) throws Exception {
        Recorder<String> again = new Recorder<>();
        Trail marks = new Trail();
        try (Walwire next = Instances.durable(database)
                .handler(on -> on.table("item").onInsert(event -> again.add(id(event))))
                .handler(marks.marker())
                .start()) {
            assertThat(next.state()).isNotNull();
            marks.upToMark(database);
            assertThat(again.all()).containsExactly(ids);
        }
    }

    <E extends RowEvent<?>> AsyncCallback<E> callback() {
        return event -> send(id(event), event);
    }

    static String id(RowEvent<?> event) {
        return Objects.requireNonNull(Objects.requireNonNull(event.key()).text("id"));
    }

    synchronized CompletableFuture<String> send(String id, @Nullable RowEvent<?> event) {
        CompletableFuture<String> stage = new CompletableFuture<>();
        begun.add(id);
        open.add(new Sent(id, stage));
        if (event != null) {
            events.put(id, event);
        }
        most = Math.max(most, open.size());
        if (atRandom) {
            executor.execute(this::completeAny);
        }
        return stage;
    }

    private void completeAny() {
        Sent any;
        synchronized (this) {
            any = open.remove(random.nextInt(open.size()));
            completed.add(any.id());
        }
        any.stage().complete(any.id());
    }

    /** Completes the oldest open stage of an id. */
    void complete(String id) {
        take(id).complete(id);
    }

    void fail(String id, Throwable failure) {
        take(id).completeExceptionally(failure);
    }

    synchronized CompletableFuture<String> take(String id) {
        Sent sent =
                open.stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
        open.remove(sent);
        completed.add(id);
        return sent.stage();
    }

    synchronized List<String> begun() {
        return List.copyOf(begun);
    }

    synchronized List<String> completed() {
        return List.copyOf(completed);
    }

    synchronized List<String> open() {
        return open.stream().map(Sent::id).toList();
    }

    synchronized RowEvent<?> event(String id) {
        return Objects.requireNonNull(events.get(id));
    }

    /** Where the transaction of an id ends; to be known, the event must be in its last part. */
    Lsn endOf(String id) {
        return Objects.requireNonNull(Typed.transaction(event(id)).endLsn());
    }

    Lsn commitOf(String id) {
        return Objects.requireNonNull(Typed.transaction(event(id)).commitLsn());
    }

    /** Waits until so many stages have begun. */
    List<String> awaitBegun(int count) {
        Eventually.until(Items.LONG, () -> begun().size() >= count);
        return begun();
    }

    synchronized int mostInFlight() {
        return most;
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
