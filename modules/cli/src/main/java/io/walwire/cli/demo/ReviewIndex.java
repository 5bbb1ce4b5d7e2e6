package io.walwire.cli.demo;

import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A search index as a user would fill it: of the rows that were there before, and of each change. */
final class ReviewIndex implements EventHandler {
    private final Map<Integer, String> reviews = new ConcurrentHashMap<>();
    private final BiConsumer<String, String> acted;

    /**
     * An empty index.
     *
     * @param acted gets what was done about a change: by whom, and what
     */
    ReviewIndex(BiConsumer<String, String> acted) {
        this.acted = acted;
    }

    @Override
    public void define(Handlers on) {
        on.table("reviews").onUpserts(this::put).onDelete(event -> reviews.remove(id(event)));
    }

    private void put(List<RowEvent<Row>> events) {
        for (RowEvent<Row> event : events) {
            Row row = event.row();
            reviews.put(id(event), entry(row.getInt("stars"), row.text("body")));
            if (event.kind() != Kind.READ) {
                acted.accept("search", "index review " + id(event));
            }
        }
    }

    private static Integer id(RowEvent<Row> event) {
        return Objects.requireNonNull(event.row().getInt("id"));
    }

    private static String entry(@Nullable Integer stars, @Nullable String body) {
        return stars + " " + body;
    }

    int size() {
        return reviews.size();
    }

    /** Whether the index is what the table is now. */
    boolean equalsTable(Connection connection) throws SQLException {
        Map<Integer, String> table = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT id, stars, body FROM reviews")) {
            while (row.next()) {
                table.put(row.getInt(1), entry(row.getInt(2), row.getString(3)));
            }
        }
        return table.equals(reviews);
    }
}
