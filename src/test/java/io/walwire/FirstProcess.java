package io.walwire;

import io.walwire.event.ReadEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A process that mirrors the tables {@code bare}, without a key, and {@code item} in the database of its checkpoint, and reads them before
 * the stream's first change, until it is killed. After the given number of commits it says so and stays where it is.
 */
final class FirstProcess {
    private FirstProcess() {}

    public static void main(String[] arguments) throws Exception {
        JdbcCheckpoint checkpoint = LedgerProcess.stoppingAfter(Integer.parseInt(arguments[2]), arguments[3], "mirror");
        try (Walwire walwire = Walwire.builder()
                .url(arguments[0])
                .publication("events")
                .slotName(arguments[1])
                .set("walwire.backfill", "new")
                .set("walwire.backfill.order", "first")
                .set("walwire.backfill.chunk", "8KiB")
                .checkpoint(checkpoint)
                .handler(on -> {
                    on.table("item")
                            .onUpsert(event -> put(checkpoint.connection(), event))
                            .onDelete(event -> run(
                                    checkpoint.connection(),
                                    "DELETE FROM item WHERE id = ?::int",
                                    Objects.requireNonNull(event.key()).text("id")));
                    on.table("bare")
                            .onReads(events -> read(checkpoint.connection(), events))
                            .onInsert(event -> run(
                                    checkpoint.connection(),
                                    "INSERT INTO bare VALUES ('stream', ?::int)",
                                    event.row().text("a")));
                })
                .start()) {
            walwire.awaitTermination(Duration.ofMinutes(5));
        }
    }

    private static void put(Connection mirror, RowEvent<Row> event) throws SQLException {
        run(
                mirror,
                "INSERT INTO item VALUES (?::int, ?::int) ON CONFLICT (id) DO UPDATE SET v = excluded.v",
                event.row().text("id"),
                event.row().text("v"));
    }

    /** Rows of another position replace all. */
    private static void read(Connection mirror, List<ReadEvent<Row>> events) throws SQLException {
        String at = events.get(0).position().toString();
        run(
                mirror,
                "DELETE FROM bare WHERE NOT EXISTS (SELECT FROM bare WHERE read_at = ?)",
                at); // those of the stream, too
        for (ReadEvent<Row> event : events) {
            run(mirror, "INSERT INTO bare VALUES (?, ?::int)", at, event.row().text("a"));
        }
    }

    private static void run(Connection mirror, String sql, @Nullable String... values) throws SQLException {
        try (PreparedStatement statement = mirror.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setString(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }
}
