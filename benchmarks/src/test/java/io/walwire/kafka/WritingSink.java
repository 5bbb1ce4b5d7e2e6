package io.walwire.kafka;

import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.sink.Sink;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkPosition;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes the records of the Kafka sink, without Kafka. */
final class WritingSink implements Sink {
    private final Function<SinkContext, RecordWriter> writers;
    private @Nullable RecordWriter writer;

    WritingSink(Function<SinkContext, RecordWriter> writers) {
        this.writers = writers;
    }

    private RecordWriter writer() {
        return Objects.requireNonNull(writer, "not open");
    }

    @Override
    public boolean takesReads() {
        return true;
    }

    @Override
    public Optional<SinkPosition> open(SinkContext context) {
        writer = writers.apply(context);
        return Optional.empty();
    }

    @Override
    public void write(Transaction part) {
        writer().part(part);
    }

    @Override
    public void write(Event event) {
        writer().single(event);
    }

    @Override
    public CompletionStage<Void> flush(SinkPosition position) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
}
