package io.walwire.benchmarks;

import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.sink.Sink;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkPosition;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.IntConsumer;

/** Another sink, with a note of how many events were stored together. */
final class GroupedSink implements Sink {
    private final Sink sink;
    private final IntConsumer stored;
    private int group;

    /**
     * A sink around another one.
     *
     * @param stored gets the number of events of each group that is not empty, when it is stored, one group after another
     */
    GroupedSink(Sink sink, IntConsumer stored) {
        this.sink = sink;
        this.stored = stored;
    }

    @Override
    public boolean keepsPosition() {
        return sink.keepsPosition();
    }

    @Override
    public boolean takesReads() {
        return sink.takesReads();
    }

    @Override
    public Optional<SinkPosition> open(SinkContext context) throws Exception {
        return sink.open(context);
    }

    @Override
    public void write(Transaction part) throws Exception {
        group += part.events().size();
        sink.write(part);
    }

    @Override
    public void write(Event event) throws Exception {
        group++;
        sink.write(event);
    }

    @Override
    public CompletionStage<Void> flush(SinkPosition position) throws Exception {
        int ended = group;
        group = 0;
        return sink.flush(position).thenRun(() -> {
            if (ended > 0) {
                stored.accept(ended);
            }
        });
    }

    @Override
    public void close() throws Exception {
        sink.close();
    }
}
