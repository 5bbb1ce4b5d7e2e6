package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Position;
import io.walwire.event.ReadEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A copy of a table (id, v, big), made by a handler of what it gets. */
final class TableCopy implements EventHandler {
    private final String table;
    final Map<String, String> rows = new ConcurrentHashMap<>();
    private final Map<String, Position> versions = new ConcurrentHashMap<>();
    private final Map<String, String> large = new ConcurrentHashMap<>();
    final AtomicInteger reads = new AtomicInteger();
    private final Runnable afterRead;

    TableCopy(String table) {
        this(table, () -> {});
    }

    /** Calls something after each row that was read. */
    TableCopy(String table, Runnable afterRead) {
        this.table = table;
        this.afterRead = afterRead;
    }

    @Override
    public void define(Handlers on) {
        on.table(table)
                .onUpsert(this::put)
                .onDelete(event -> remove(id(Objects.requireNonNull(event.key()))))
                .onTruncate(event -> {
                    rows.clear();
                    large.clear();
                });
    }

    private void put(RowEvent<Row> event) {
        Row row = event.row();
        String id = id(row);
        Row before = event.beforeRow();
        String was = before != null && before.isKnown("id") ? id(before) : id;
        Position version = event.transaction().position();
        Position lastVersion = versions.put(id, version);
        if (lastVersion != null) {
            assertThat(version).as("version of %s", id).isGreaterThanOrEqualTo(lastVersion);
        }
        String big = row.isKnown("big") ? String.valueOf(row.text("big")) : large.get(was);
        if (!was.equals(id)) {
            remove(was);
        }
        large.put(id, String.valueOf(big));
        rows.put(id, row.text("v") + " " + big);
        if (event instanceof ReadEvent<Row>) {
            reads.incrementAndGet();
            afterRead.run();
        }
    }

    private void remove(String id) {
        rows.remove(id);
        large.remove(id);
    }

    private static String id(@Nullable Row row) {
        return String.valueOf(Objects.requireNonNull(row).text("id"));
    }

    /** The table as it is. */
    static Map<String, String> of(TestDatabase database, String table) throws SQLException {
        try (Connection connection = database.connect()) {
            return of(connection, table);
        }
    }

    /** The table as a server has it. */
    static Map<String, String> of(Connection connection, String table) throws SQLException {
        Map<String, String> rows = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT id, v, big FROM " + table)) {
            while (row.next()) {
                rows.put(row.getString(1), row.getString(2) + " " + row.getString(3));
            }
        }
        return rows;
    }
}
