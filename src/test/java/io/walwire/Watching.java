package io.walwire;

import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.Subscription;
import io.walwire.watch.Watch;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Changed;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An instance with subscribers, each with a name, and what they receive as lines: the sign of {@link Trail}, the key, and
 * what else the event says, such as {@code ~1 uncertain} or {@code ~1>2}.
 */
final class Watching implements AutoCloseable {
    private final TestDatabase database;
    private final Walwire walwire;
    private final Map<String, Recorder<WatchEvent>> recorders = new ConcurrentHashMap<>();
    private final Recorder<WatchEvent> marks = new Recorder<>();
    private int marksMade;

    private Watching(TestDatabase database, Walwire walwire) {
        this.database = database;
        this.walwire = walwire;
        walwire.watch("mark").subscribe(Runnable::run, marks::add);
    }

    /** On a database that {@link Instances#prepare} made ready. */
    static Watching start(TestDatabase database) {
        return new Watching(database, Instances.temporary(database).start());
    }

    static Watching of(TestDatabase database, WalwireBuilder builder) {
        return new Watching(database, builder.start());
    }

    Walwire walwire() {
        return walwire;
    }

    Watch watch(String table) {
        return walwire.watch(table);
    }

    /** Subscribes so that what is delivered is recorded at once, before the marks that follow it. */
    Subscription add(String name, Watch watch) {
        Recorder<WatchEvent> recorder = recorders.computeIfAbsent(name, added -> new Recorder<>());
        return watch.subscribe(Runnable::run, recorder::add);
    }

    /** Runs statements, each in a transaction, and returns everything that a subscriber received by then. */
    Watching sql(String... statements) throws SQLException, InterruptedException {
        database.sql(statements);
        database.sql("INSERT INTO mark DEFAULT VALUES");
        marksMade++;
        marks.await(marksMade);
        return this;
    }

    List<WatchEvent> events(String name) {
        Recorder<WatchEvent> recorder = recorders.get(name);
        return recorder == null ? List.of() : recorder.all();
    }

    List<String> lines(String name) {
        return events(name).stream().map(Watching::line).toList();
    }

    Changed only(String name) {
        List<WatchEvent> all = events(name);
        if (all.size() != 1) {
            throw new AssertionError("One event expected: " + all);
        }
        return (Changed) all.get(0);
    }

    static String line(WatchEvent event) {
        if (!(event instanceof Changed changed)) {
            return "resync";
        }
        StringBuilder line = new StringBuilder(sign(changed.kind()));
        Row oldKey = changed.oldKey();
        Row key = changed.key();
        if (oldKey != null) {
            line.append(values(oldKey)).append('>');
        }
        line.append(key == null ? "" : values(key));
        if (changed.membership() != null) {
            line.append(' ').append(changed.membership().name().toLowerCase(Locale.ROOT));
        }
        return line.append(changed.isCertain() ? "" : " uncertain").toString();
    }

    private static String values(Row key) {
        List<String> values = new ArrayList<>();
        key.columns().forEach(column -> values.add(String.valueOf(key.text(column.name()))));
        return String.join(",", values);
    }

    private static String sign(Kind kind) {
        return switch (kind) {
            case INSERT -> "+";
            case UPDATE -> "~";
            case DELETE -> "-";
            case TRUNCATE -> "!";
            default -> "?";
        };
    }

    @Override
    public void close() {
        walwire.close();
    }
}
