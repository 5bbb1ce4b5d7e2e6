package io.walwire;

import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.sink.Sink;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkPosition;
import io.walwire.testing.Recorder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A sink in memory, which shows the groups that it was given. Its stages are the test's. */
final class CollectingSink implements Sink {
    private final boolean keeps;
    private final @Nullable SinkPosition held;
    private final Callable<? extends CompletionStage<Void>> stages;

    /** One list of lines for each flush, such as {@code item+1}. */
    final Recorder<List<String>> groups = new Recorder<>();

    final Recorder<SinkPosition> positions = new Recorder<>();
    final Recorder<Integer> parts = new Recorder<>();
    final Recorder<String> calls = new Recorder<>();
    private List<String> group = new ArrayList<>();
    private boolean takesReads;
    private Consumer<String> afterLine = line -> {};

    private CollectingSink(
            boolean keeps, @Nullable SinkPosition held, Callable<? extends CompletionStage<Void>> stages) {
        this.keeps = keeps;
        this.held = held;
        this.stages = stages;
    }

    static CollectingSink plain(Callable<? extends CompletionStage<Void>> stages) {
        return new CollectingSink(false, null, stages);
    }

    static CollectingSink keeping(@Nullable SinkPosition held) {
        return new CollectingSink(true, held, () -> CompletableFuture.completedFuture(null));
    }

    /** Calls something after each line that was written, with that line. */
    CollectingSink afterLine(Consumer<String> called) {
        afterLine = called;
        return this;
    }

    /** Takes existing rows. */
    CollectingSink takingReads() {
        takesReads = true;
        return this;
    }

    /** Of all groups. */
    List<String> lines() {
        return groups.all().stream().flatMap(List::stream).toList();
    }

    @Override
    public boolean keepsPosition() {
        return keeps;
    }

    @Override
    public boolean takesReads() {
        return takesReads;
    }

    @Override
    public Optional<SinkPosition> open(SinkContext context) {
        calls.add("open " + context.database());
        return Optional.ofNullable(held);
    }

    @Override
    public void write(Transaction part) {
        parts.add(part.part());
        for (Event event : part.events()) {
            String line = Trail.line(event);
            group.add(line);
            afterLine.accept(line);
        }
    }

    @Override
    public void write(Event event) {
        group.add(event.kind().jsonName());
    }

    @Override
    public CompletionStage<Void> flush(SinkPosition position) throws Exception {
        CompletionStage<Void> stage = stages.call();
        positions.add(position);
        groups.add(group);
        group = new ArrayList<>();
        return stage;
    }

    @Override
    public void close() {
        calls.add("close");
    }

    @Override
    public String toString() {
        return "CollectingSink";
    }
}
