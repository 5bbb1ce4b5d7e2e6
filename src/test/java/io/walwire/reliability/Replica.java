package io.walwire.reliability;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The tables as they are when every event is applied once. It is strict: an insert of a row that is there, an update of one
 * that is not, or of a version that does not follow, is a fault. Tables of which not everything is published are left out.
 */
final class Replica {
    private final Map<String, Map<String, String>> tables = new TreeMap<>();
    /** How a complaint of a table begins that is not as the events make it. */
    static final String TABLE = "table ";

    private final Consumer<String> complain;

    Replica(Consumer<String> complain) {
        this.complain = complain;
    }

    void apply(Change change) {
        if (Tables.IN_PART.contains(change.table())) {
            return;
        }
        Map<String, String> table = tables.computeIfAbsent(change.table(), name -> new TreeMap<>());
        switch (change.kind()) {
            case "insert" -> expect(table.put(change.key(), change.after()) == null, "a row that is there", change);
            case "update" -> update(table, change);
            case "delete" -> expect(table.remove(change.key()) != null, "a row that is not there", change);
            case "truncate" -> table.clear();
            default -> tables.remove(change.table(), Map.of()); // a message changes nothing
        }
    }

    private void update(Map<String, String> table, Change change) {
        String[] keys = change.key().split(">", -1);
        String before = table.remove(keys[0]);
        if (before == null) {
            complain.accept("update of a row that is not there: " + change);
            return;
        }
        String after = change.after();
        expect(version(after) == version(before) + 1, "version " + version(before), change);
        if (after.endsWith("|~")) {
            after = after.substring(0, after.length() - 1) + before.substring(before.indexOf('|') + 1);
        }
        expect(table.put(keys[1], after) == null, "a key that is taken", change);
    }

    private static long version(String row) {
        return Long.parseLong(row.substring(0, row.indexOf('|')));
    }

    private void expect(boolean fine, String met, Change change) {
        if (!fine) {
            complain.accept(change.kind() + " met " + met + ": " + change);
        }
    }

    /** The rows of these tables, as a replica that has applied everything must hold them. */
    static Map<String, Map<String, String>> select(Connection connection, List<String> names) throws SQLException {
        Map<String, Map<String, String>> all = new TreeMap<>();
        try (Statement statement = connection.createStatement()) {
            for (String name : names) {
                Map<String, String> table = new TreeMap<>();
                try (ResultSet rows = statement.executeQuery("SELECT id, version, body FROM ONLY " + name)) {
                    while (rows.next()) {
                        table.put(rows.getString(1), rows.getString(2) + "|" + Change.digest(rows.getString(3)));
                    }
                }
                all.put(name, table);
            }
        }
        return all;
    }

    /** Complains of every table that is not as in the database. */
    void compare(Map<String, Map<String, String>> selected) {
        selected.forEach((name, rows) -> {
            Map<String, String> ours = tables.getOrDefault(name, Map.of());
            if (!ours.equals(rows)) {
                complain.accept(TABLE + name + " differs: " + difference(ours, rows));
            }
        });
    }

    private static String difference(Map<String, String> ours, Map<String, String> rows) {
        Map<String, String> apart = new TreeMap<>();
        rows.forEach((key, row) -> {
            if (!row.equals(ours.get(key))) {
                apart.put(key, row + " is " + ours.get(key) + " here");
            }
        });
        ours.keySet().stream().filter(key -> !rows.containsKey(key)).forEach(key -> apart.put(key, "is gone there"));
        String text = apart.toString();
        return text.substring(0, Math.min(text.length(), 1_000));
    }
}
