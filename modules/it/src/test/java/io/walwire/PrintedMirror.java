package io.walwire;

import com.fasterxml.jackson.databind.JsonNode;
import io.walwire.event.Lsn;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A copy of the table {@code item (id, v, big)}, made of printed events: each is taken if its version is higher than the row's. */
final class PrintedMirror {
    private final Map<Integer, Entry> entries = new HashMap<>();
    private long reads;
    private long changes;

    /** An event's place: its position, and its index there. */
    private record Version(Lsn lsn, int index) implements Comparable<Version> {
        @Override
        public int compareTo(Version other) {
            int byPosition = lsn.compareTo(other.lsn);
            return byPosition == 0 ? Integer.compare(index, other.index) : byPosition;
        }
    }

    /** What is known of a key; a row that is gone has a version, too. */
    private record Entry(Version version, @Nullable Item row) {}

    /** A row; of the large value its length and hash, or null while nothing has shown it. */
    record Item(int v, @Nullable String big) {}

    private static String digest(String big) {
        return big.length() + "/" + big.hashCode();
    }

    void apply(JsonNode event) {
        JsonNode transaction = event.get("transaction");
        Version version = new Version(
                Lsn.parse(transaction.get("commit_lsn").asText()),
                transaction.get("index").asInt());
        switch (event.get("type").asText()) {
            case "read" -> {
                reads++;
                put(event, version);
            }
            case "insert", "update" -> {
                changes++;
                put(event, version);
            }
            case "delete" -> {
                changes++;
                take(event.get("key").get("id").asInt(), new Entry(version, null));
            }
            case "backfilled" -> {}
            default -> throw new IllegalArgumentException("Unexpected: " + event);
        }
    }

    private void put(JsonNode event, Version version) {
        JsonNode row = event.get("new_record");
        int id = row.get("id").asInt();
        int before = event.at("/changes/id/old_value").asInt(id); // of a key that was changed
        boolean isWhole = event.get("unavailable").isEmpty();
        String big = isWhole ? digest(row.get("big").asText()) : big(before);
        if (before != id) {
            take(before, new Entry(version, null));
        }
        take(id, new Entry(version, new Item(row.get("v").asInt(), big)));
    }

    private @Nullable String big(int id) {
        Item known = row(id);
        return known == null ? null : known.big();
    }

    private void take(int id, Entry next) {
        Entry known = entries.get(id);
        if (known == null || next.version().compareTo(known.version()) > 0) {
            entries.put(id, next);
        }
    }

    long reads() {
        return reads;
    }

    long changes() {
        return changes;
    }

    /** Each row that is not what the table has, as a line. */
    List<String> differences(TestDatabase database) throws SQLException {
        Map<Integer, Item> table = of(database);
        Set<Integer> keys = new TreeSet<>(table.keySet());
        keys.addAll(entries.keySet());
        return keys.stream()
                .filter(id -> !Objects.equals(table.get(id), row(id)))
                .map(id -> id + ": table " + table.get(id) + ", mirror " + entries.get(id))
                .toList();
    }

    private @Nullable Item row(int id) {
        Entry known = entries.get(id);
        return known == null ? null : known.row();
    }

    private static int number(Map<String, @Nullable Object> row, String column) {
        return (Integer) Objects.requireNonNull(row.get(column));
    }

    private static Map<Integer, Item> of(TestDatabase database) throws SQLException {
        Map<Integer, Item> rows = new HashMap<>();
        for (Map<String, @Nullable Object> row : database.query("SELECT id, v, big FROM item")) {
            rows.put(number(row, "id"), new Item(number(row, "v"), digest(String.valueOf(row.get("big")))));
        }
        return rows;
    }
}
