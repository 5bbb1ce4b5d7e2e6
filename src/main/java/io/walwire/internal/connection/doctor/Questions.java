package io.walwire.internal.connection.doctor;

import io.walwire.internal.connection.publication.PublishedTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Questions to the catalog, on one plain connection. */
final class Questions {
    private static final String SETTING = "SELECT s.setting FROM pg_catalog.pg_settings s WHERE s.name = ?";

    private final Connection connection;
    private final int version;

    Questions(Connection connection) throws SQLException {
        this.connection = connection;
        this.version = connection.getMetaData().getDatabaseMajorVersion();
    }

    /** A row of an answer, its values as text. */
    record Answer(Map<String, @Nullable String> values) {
        String text(String column) {
            return Objects.requireNonNullElse(values.get(column), "");
        }

        boolean flag(String column) {
            return text(column).equals("t");
        }

        /** Zero for null. */
        long number(String column) {
            String text = text(column);
            return text.isEmpty() ? 0 : Long.parseLong(text);
        }
    }

    Connection connection() {
        return connection;
    }

    /** The server's major version. */
    int version() {
        return version;
    }

    /** All rows; a list among the parameters becomes an array of text. See {@link PublishedTables} for what is published. */
    List<Answer> rows(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PublishedTables.in(sql, connection))) {
            for (int i = 0; i < parameters.length; i++) {
                if (parameters[i] instanceof List<?> list) {
                    statement.setArray(i + 1, connection.createArrayOf("text", list.toArray()));
                } else {
                    statement.setObject(i + 1, parameters[i]);
                }
            }
            try (ResultSet rows = statement.executeQuery()) {
                List<Answer> answers = new ArrayList<>();
                while (rows.next()) {
                    answers.add(answer(rows));
                }
                return answers;
            }
        }
    }

    private static Answer answer(ResultSet row) throws SQLException {
        ResultSetMetaData columns = row.getMetaData();
        Map<String, @Nullable String> values = new HashMap<>();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
            values.put(columns.getColumnLabel(i), row.getString(i));
        }
        return new Answer(values);
    }

    Answer row(String sql, Object... parameters) throws SQLException {
        return rows(sql, parameters).get(0);
    }

    /** A server's setting in its own unit; empty where this version does not have it, or the role may not see it. */
    String setting(String name) throws SQLException {
        List<Answer> found = rows(SETTING, name);
        return found.isEmpty() ? "" : found.get(0).text("setting");
    }

    long numericSetting(String name) throws SQLException {
        String text = setting(name);
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }
}
