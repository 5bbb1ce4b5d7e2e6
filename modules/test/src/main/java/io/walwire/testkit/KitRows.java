package io.walwire.testkit;

import io.walwire.internal.backfill.BlockRange;
import io.walwire.internal.backfill.KeyList;
import io.walwire.internal.backfill.ReadRange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rows that the tables of a kit have now, for those that read them. Rows that were declared together make a chunk, which is read at
 * once, and so do rows that were inserted between two plans. Rows of tables without a key are not kept, since nothing can read them.
 * Guarded by its tape.
 */
final class KitRows {
    private final Map<Integer, List<Chunk>> tables = new HashMap<>();

    /** What was declared before the kit started. */
    private @Nullable Map<Integer, List<Chunk>> first;

    /** Rows by their keys. */
    private static final class Chunk extends LinkedHashMap<List<String>, Map<String, @Nullable Object>> {
        private static final long serialVersionUID = 1L;

        /** Whether it gets the rows that are inserted next. */
        private boolean isOpen;

        Chunk(boolean isOpen) {
            this.isOpen = isOpen;
        }

        Chunk(Chunk copied) {
            super(copied);
        }
    }

    /** A kit has started: a reset leads back to these rows. */
    void started() {
        first = copy(tables);
    }

    void reset() {
        tables.clear();
        tables.putAll(copy(Objects.requireNonNull(first, "first")));
    }

    private static Map<Integer, List<Chunk>> copy(Map<Integer, List<Chunk>> tables) {
        Map<Integer, List<Chunk>> copy = new HashMap<>();
        tables.forEach((oid, chunks) ->
                copy.put(oid, new ArrayList<>(chunks.stream().map(Chunk::new).toList())));
        return copy;
    }

    /** Adds a chunk. */
    void declare(KitTable table, List<Map<String, ? extends @Nullable Object>> rows) {
        if (table.facts().primaryKey().isEmpty()) {
            throw new IllegalArgumentException("Table " + table
                    + " has no key, so that rows of it cannot be read: declare a primaryKey, or replicaIdentityIndex");
        }
        Chunk chunk = new Chunk(false);
        for (Map<String, ? extends @Nullable Object> row : rows) {
            KitTransaction.requireKnown(table, row);
            if (row.containsValue(WalwireKit.UNCHANGED)) {
                throw new IllegalArgumentException("An existing row of " + table + " has all its values");
            }
            List<String> key = key(table, row);
            if (chunkOf(table, key) != null || chunk.put(key, new LinkedHashMap<>(row)) != null) {
                throw new IllegalArgumentException("Table " + table + " has two rows with the key " + key);
            }
            table.tuple(row); // fails now if a value cannot be written
        }
        chunks(table).add(chunk);
    }

    private List<Chunk> chunks(KitTable table) {
        return tables.computeIfAbsent(table.relation().oid(), oid -> new ArrayList<>());
    }

    private static List<String> key(KitTable table, Map<String, ? extends @Nullable Object> row) {
        List<String> key = new ArrayList<>();
        for (String column : table.facts().primaryKey()) {
            Object value = row.get(column);
            if (value == null) {
                throw new IllegalArgumentException(
                        "A row of " + table + " has no value for " + column + ", which is a column of the table's key");
            }
            key.add(ValueText.of(table.type(table.column(column)), value));
        }
        return key;
    }

    private @Nullable Chunk chunkOf(KitTable table, List<String> key) {
        return chunks(table).stream()
                .filter(chunk -> chunk.containsKey(key))
                .findFirst()
                .orElse(null);
    }

    /** A row is inserted, behind all other rows. */
    void insert(KitTable table, Map<String, ? extends @Nullable Object> row) {
        if (isKept(table, row)) {
            put(table, chunkOf(table, key(table, row)), Map.of(), row);
        }
    }

    /** A row is updated, and is behind the other rows of its chunk then. */
    void update(
            KitTable table, Map<String, ? extends @Nullable Object> old, Map<String, ? extends @Nullable Object> now) {
        if (!isKept(table, old) || !isKept(table, now)) {
            return;
        }
        List<String> before = key(table, old);
        Chunk chunk = chunkOf(table, before);
        if (chunk == null && hasUnknown(old, now)) {
            return;
        }
        Map<String, @Nullable Object> row = new HashMap<>();
        if (chunk != null) {
            row.putAll(Objects.requireNonNull(chunk.remove(before)));
        }
        old.forEach((column, value) -> {
            if (value != WalwireKit.UNCHANGED) {
                row.put(column, value);
            }
        });
        put(table, chunk, row, now);
    }

    /** Whether a value is unchanged that the test has never named. */
    private static boolean hasUnknown(
            Map<String, ? extends @Nullable Object> old, Map<String, ? extends @Nullable Object> now) {
        return now.keySet().stream()
                .anyMatch(column -> now.get(column) == WalwireKit.UNCHANGED
                        && (!old.containsKey(column) || old.get(column) == WalwireKit.UNCHANGED));
    }

    private void put(
            KitTable table,
            @Nullable Chunk in,
            Map<String, @Nullable Object> before,
            Map<String, ? extends @Nullable Object> now) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        now.forEach((column, value) -> row.put(column, value == WalwireKit.UNCHANGED ? before.get(column) : value));
        (in == null ? openChunk(table) : in).put(key(table, row), row);
    }

    private Chunk openChunk(KitTable table) {
        List<Chunk> chunks = chunks(table);
        Chunk last = chunks.isEmpty() ? null : chunks.get(chunks.size() - 1);
        if (last == null || !last.isOpen) {
            last = new Chunk(true);
            chunks.add(last);
        }
        return last;
    }

    /** A row is deleted. */
    void delete(KitTable table, Map<String, ? extends @Nullable Object> old) {
        if (isKept(table, old)) {
            Chunk chunk = chunkOf(table, key(table, old));
            if (chunk != null) {
                chunk.remove(key(table, old));
            }
        }
    }

    /** A test may leave out what PostgreSQL would refuse to do without. */
    private static boolean isKept(KitTable table, Map<String, ? extends @Nullable Object> row) {
        List<String> key = table.facts().primaryKey();
        return !key.isEmpty()
                && key.stream().allMatch(column -> row.get(column) != null && row.get(column) != WalwireKit.UNCHANGED);
    }

    /** All rows are gone. The chunks stay, so that what is being read finds its place. */
    void truncate(KitTable table) {
        chunks(table).forEach(Map::clear);
    }

    /** How many chunks a table has. Rows that are inserted later are behind them. */
    int chunksBefore(KitTable table) {
        chunks(table).forEach(chunk -> chunk.isOpen = false);
        return chunks(table).size();
    }

    /**
     * The rows of a range; a range of the key has all, since nothing is read by it in parts.
     *
     * @param planned how many chunks there were when the range was planned
     */
    List<Map<String, @Nullable Object>> of(KitTable table, ReadRange range, long planned) {
        List<Chunk> chunks = chunks(table);
        Stream<Chunk> found = chunks.stream();
        if (range instanceof BlockRange blocks) {
            found = found.limit(planned).skip(blocks.firstBlock()).limit(blocks.isOpen() ? planned : blocks.blocks());
        } else if (range instanceof KeyList keys) {
            return keys.keys().stream()
                    .flatMap(key -> chunks.stream().map(chunk -> chunk.get(key)).filter(Objects::nonNull))
                    .map(row -> (Map<String, @Nullable Object>) new LinkedHashMap<>(Objects.requireNonNull(row)))
                    .toList();
        }
        return found.flatMap(chunk -> chunk.values().stream())
                .map(row -> (Map<String, @Nullable Object>) new LinkedHashMap<>(row))
                .toList();
    }
}
