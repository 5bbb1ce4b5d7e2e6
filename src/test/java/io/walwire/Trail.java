package io.walwire;

import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.Callback;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The calls that an instance makes, in their order, each as a line: a label, and what happened to which row, such as
 * {@code inserts: item+1 item+2}, with {@code ~} for an update, {@code -} for a delete, {@code !} for a truncate and {@code ^} for a schema
 * change.
 */
final class Trail {
    private final Recorder<String> calls = new Recorder<>();
    private final Recorder<List<String>> marks = new Recorder<>();
    private int marksMade;

    /** A callback of runs. */
    <E extends Event> Callback<List<E>> runs(String label) {
        return events -> add(label + ": " + events.stream().map(Trail::line).collect(Collectors.joining(" ")));
    }

    /** A callback of single events. */
    <E extends Event> Callback<E> events(String label) {
        return event -> add(label + ": " + line(event));
    }

    void add(String line) {
        calls.add(line);
    }

    List<String> await(int count) throws InterruptedException {
        return calls.await(count);
    }

    /** Must be the last handler, for {@link #upToMark}. */
    EventHandler marker() {
        return new Marker();
    }

    private final class Marker implements EventHandler {
        @Override
        public void define(Handlers on) {
            on.table("mark").onInserts(events -> marks.add(calls.all()));
        }
    }

    /** Commits a transaction of its own, and returns all calls that were made up to it: more cannot come. */
    List<String> upToMark(TestDatabase database) throws SQLException, InterruptedException {
        database.sql("INSERT INTO mark DEFAULT VALUES");
        marksMade++;
        return marks.await(marksMade).get(marksMade - 1);
    }

    static String line(Event event) {
        String sign =
                switch (event.kind()) {
                    case INSERT, READ -> "+";
                    case UPDATE -> "~";
                    case DELETE -> "-";
                    case TRUNCATE -> "!";
                    case SCHEMA -> "^";
                    case BACKFILLED -> "b";
                    case MESSAGE, GAP -> "?";
                };
        return event.source().table() + sign + (event instanceof RowEvent<?> row ? id(row) : "");
    }

    private static @Nullable String id(RowEvent<?> event) {
        Row row = event.kind() == Kind.DELETE ? event.beforeRow() : event.afterRow();
        return Objects.requireNonNull(row).text("id");
    }
}
