package io.walwire.examples.live;

import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Changed;
import io.walwire.watch.WatchEvent.Resync;
import io.walwire.watch.WatchIterator;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What one browser is sent: {@code rows} is the whole table, {@code row} one row as it is now, {@code gone} a row's key. */
final class EventStream {
    private static final Duration PING = Duration.ofSeconds(15);

    private final WatchIterator changes;
    private final OrderTable table;
    private final OutputStream out;

    EventStream(WatchIterator changes, OrderTable table, OutputStream out) {
        this.changes = changes;
        this.table = table;
        this.out = out;
    }

    /**
     * Sends until the browser, the watch or the server is gone. The watch was there before the table is read, so nothing
     * is missed in between; what comes both ways is the same row twice.
     */
    void run() throws IOException, SQLException, InterruptedException {
        sendTable();
        while (changes.subscription().isActive()) {
            WatchEvent event = changes.poll(PING);
            if (event == null) {
                write(": ping\n\n"); // fails sooner or later where a browser went away unnoticed
            } else if (leavesRowsUnknown(event)) {
                sendTable();
            } else if (event instanceof Changed changed) {
                send(changed);
            }
        }
    }

    private static boolean leavesRowsUnknown(WatchEvent event) {
        return event.missed() > 0 // the browser was slow, and its buffer full
                || event instanceof Resync resync && resync.gap() != null
                || event instanceof Changed changed && changed.kind() == Kind.TRUNCATE;
    }

    private void sendTable() throws IOException, SQLException, InterruptedException {
        WatchEvent waiting = changes.poll(Duration.ZERO);
        while (waiting != null) {
            waiting = changes.poll(Duration.ZERO); // committed before the table is read, so that it has them all
        }
        send("rows", table.json());
    }

    private void send(Changed change) throws IOException {
        boolean deleted = change.kind() == Kind.DELETE;
        send("gone", deleted ? change.key() : change.oldKey());
        send("row", deleted ? null : change.row());
    }

    private void send(String name, @Nullable Row row) throws IOException {
        if (row != null) {
            send(name, row.toJson());
        }
    }

    private void send(String name, String json) throws IOException {
        write("event: " + name + "\ndata: " + json + "\n\n");
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
