package io.walwire.examples.live;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** Reads the table that the page shows. */
final class OrderTable {
    private static final String ROWS = """
            SELECT coalesce(pg_catalog.json_agg(o ORDER BY o.id), '[]')::text
            FROM (SELECT id, item, status FROM orders) o""";

    private final DataSource source;

    OrderTable(DataSource source) {
        this.source = source;
    }

    /** All rows, as one JSON array on one line. */
    String json() throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(ROWS)) {
            row.next();
            return row.getString(1).replace("\n", ""); // between rows; within values JSON has it escaped
        }
    }
}
