package io.walwire;

import io.walwire.event.BackfilledEvent;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.RowEvent;
import io.walwire.event.Transaction;
import io.walwire.sink.Sink;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkNote;
import io.walwire.sink.SinkPosition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Stores groups with rows, or does not, and may fail in any case. */
class NotesSink implements Sink {
    /** What outlives an instance. */
    static final class Destination {
        private final List<Event> events = new ArrayList<>();
        private final Map<String, SinkNote> notes = new HashMap<>();
        private @Nullable SinkPosition position;

        synchronized List<Event> events() {
            return List.copyOf(events);
        }

        synchronized void store(List<Event> group, List<SinkNote> changed, SinkPosition at) {
            events.addAll(group);
            changed.forEach(note -> notes.put(note.name(), note));
            position = at;
        }

        synchronized Collection<SinkNote> notes() {
            return List.copyOf(notes.values());
        }

        synchronized Optional<SinkPosition> position() {
            return Optional.ofNullable(position);
        }

        synchronized void forgetNotes() {
            notes.clear();
        }

        List<RowEvent<?>> reads() {
            return events().stream()
                    .filter(event -> event.kind() == Kind.READ)
                    .<RowEvent<?>>map(event -> (RowEvent<?>) event)
                    .toList();
        }
    }

    final Destination to;
    private final @Nullable Random random;
    List<Event> group = new ArrayList<>();
    List<SinkNote> changed = new ArrayList<>();

    NotesSink(Destination to, @Nullable Random random) {
        this.to = to;
        this.random = random;
    }

    @Override
    public boolean keepsPosition() {
        return true;
    }

    @Override
    public boolean takesReads() {
        return true;
    }

    @Override
    public boolean keepsNotes() {
        return true;
    }

    @Override
    public Optional<SinkPosition> open(SinkContext context) {
        return to.position();
    }

    @Override
    public Collection<SinkNote> notes() {
        return to.notes();
    }

    @Override
    public void write(Transaction part) {
        group.addAll(part.events());
    }

    @Override
    public void write(Event event) {
        group.add(event);
    }

    @Override
    public void write(SinkNote note) {
        changed.add(note);
    }

    @Override
    public CompletionStage<Void> flush(SinkPosition position) {
        boolean ofRows =
                group.stream().anyMatch(event -> event instanceof BackfilledEvent || event.kind() == Kind.READ);
        int outcome = random == null || !ofRows ? 0 : random.nextInt(4);
        if (outcome != 1) {
            to.store(group, changed, position);
        }
        group = new ArrayList<>();
        changed = new ArrayList<>();
        return outcome == 1 || outcome == 2
                ? CompletableFuture.failedFuture(new IllegalStateException("Killed"))
                : CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
}
