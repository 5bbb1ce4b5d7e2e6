package io.walwire.kafka;

import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkNote;
import io.walwire.sink.SinkPosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Gathers a group while the one before it is stored by a thread of its own. Events become records on that thread, so that what waits is not
 * in memory twice.
 */
final class GroupThread {
    private static final Duration END = Duration.ofSeconds(5);

    private final KafkaOptions options;
    private final GroupDelivery delivery;
    private final ExecutorService thread;
    private List<Consumer<RecordWriter>> group = new ArrayList<>();

    GroupThread(KafkaOptions options, SinkContext context) {
        this.options = options;
        this.delivery = options.isExactlyOnce() ? new ExactlyOnce(options, context) : new AtLeastOnce(options, context);
        String name = "walwire-" + context.instance() + "-kafka";
        this.thread = Executors.newSingleThreadExecutor(task -> new Thread(task, name));
    }

    GroupDelivery.Opened open() {
        try {
            return delivery.open();
        } catch (RuntimeException e) {
            throw KafkaFailure.explained(e, options);
        }
    }

    void add(Transaction part) {
        group.add(writer -> writer.part(part));
    }

    void add(Event event) {
        group.add(writer -> writer.single(event));
    }

    void add(SinkNote note) {
        group.add(writer -> writer.note(note));
    }

    CompletionStage<Void> store(SinkPosition position) {
        List<Consumer<RecordWriter>> ended = group;
        group = new ArrayList<>();
        return CompletableFuture.runAsync(() -> store(ended, position), thread);
    }

    private void store(List<Consumer<RecordWriter>> ended, SinkPosition position) {
        try {
            delivery.store(writer -> ended.forEach(piece -> piece.accept(writer)), position);
        } catch (RuntimeException e) {
            throw new CompletionException(KafkaFailure.explained(e, options));
        } catch (LinkageError e) {
            throw new CompletionException(KafkaFailure.missingClass(e, options));
        }
    }

    /** What is being stored is given up: whether Kafka has committed it, the position says at the next start. */
    void close() throws InterruptedException {
        delivery.stop();
        thread.shutdownNow();
        try {
            thread.awaitTermination(END.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            delivery.close(END);
        }
    }
}
