package io.walwire;

import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.testing.Eventually;
import io.walwire.testing.LogWatch;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One table with one publication, and what reads them: all that the tests of a stream's life need. */
final class Items {
    static final Duration LONG = Duration.ofMinutes(3);

    private Items() {}

    /** Table {@code item}, and table {@code unpublished} whose changes nobody reads. */
    static void create(TestDatabase database) throws SQLException {
        database.sql(
                "CREATE TABLE item (id bigint PRIMARY KEY, note text)",
                "CREATE TABLE unpublished (note text)",
                "CREATE PUBLICATION events FOR TABLE item");
    }

    static WalwireBuilder reader(TestDatabase database) {
        return Walwire.builder().url(database.url()).publication("events");
    }

    /** Each in a transaction of its own. */
    static void insert(TestDatabase database, long... ids) throws SQLException {
        for (long id : ids) {
            database.sql("INSERT INTO item VALUES (" + id + ", '" + LogWatch.ROW_VALUE.replace("'", "''") + "')");
        }
    }

    static EventHandler ids(Recorder<Long> into) {
        return on -> on.table("item").onInsert(event -> into.add(id(event)));
    }

    static long id(RowEvent<Row> event) {
        return Objects.requireNonNull(event.row().getLong("id"));
    }

    static @Nullable Position confirmed(TestDatabase database, String slot) throws SQLException {
        String confirmed = database.slot(slot).orElseThrow().confirmedFlushLsn();
        return confirmed == null ? null : Lsn.parse(confirmed);
    }

    /** The end of what is written to the log. */
    static Lsn currentLsn(TestDatabase database) throws SQLException {
        return Lsn.parse(database.currentLsn());
    }

    static void awaitConfirmed(TestDatabase database, String slot, @Nullable Lsn position) {
        Eventually.until(LONG, () -> {
            Position confirmed = confirmed(database, slot);
            return confirmed != null && position != null && !confirmed.isBefore(position);
        });
    }

    /** The server's process that streams from the slot. */
    static int backend(TestDatabase database, String slot) throws SQLException {
        return Objects.requireNonNull(database.slot(slot).orElseThrow().activePid());
    }
}
