package io.walwire;

import io.walwire.event.Event;
import io.walwire.event.ReadEvent;
import io.walwire.event.Row;
import io.walwire.handler.Callback;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/** The user's own database: a table without any unique key, in which handlers leave a row for each event that they see. */
final class Ledger {
    private Ledger() {}

    static void create(TestDatabase database) throws SQLException, IOException {
        database.sql(LetterBox.ddl("checkpoint.sql"), "CREATE TABLE ledger (handler text, entry text)");
    }

    static void enter(JdbcCheckpoint checkpoint, String handler, String entry) throws SQLException {
        Connection connection = checkpoint.connection();
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO ledger VALUES (?, ?)")) {
            insert.setString(1, handler);
            insert.setString(2, entry);
            insert.executeUpdate();
        }
    }

    /** A callback that enters each event of a run. */
    static <E extends Event> Callback<List<E>> runs(JdbcCheckpoint checkpoint, String handler) {
        return events -> {
            for (Event event : events) {
                enter(checkpoint, handler, Trail.line(event));
            }
        };
    }

    /** A callback that keeps the rows of the newest reading of a table without a key; in place of the handler stands their position. */
    static Callback<List<ReadEvent<Row>>> newestReading(JdbcCheckpoint checkpoint) {
        return events -> {
            for (ReadEvent<Row> event : events) {
                String at = event.position().toString();
                try (PreparedStatement delete =
                        checkpoint.connection().prepareStatement("DELETE FROM ledger WHERE handler <> ?")) {
                    delete.setString(1, at);
                    delete.executeUpdate();
                }
                enter(checkpoint, at, String.valueOf(event.row().text("id")));
            }
        };
    }

    /** A callback that enters an event. */
    static <E extends Event> Callback<E> events(JdbcCheckpoint checkpoint, String handler) {
        return event -> enter(checkpoint, handler, Trail.line(event));
    }

    static List<String> entries(TestDatabase database) throws SQLException {
        return database.query("SELECT handler || ': ' || entry AS line FROM ledger ORDER BY ctid").stream()
                .map(row -> String.valueOf(row.get("line")))
                .toList();
    }
}
