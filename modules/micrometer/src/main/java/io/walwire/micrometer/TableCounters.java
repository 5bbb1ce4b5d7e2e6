package io.walwire.micrometer;

import io.micrometer.core.instrument.Counter;
import io.walwire.event.Kind;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** A counter for each table and kind of event. Looking one up makes no garbage. Safe for several threads. */
final class TableCounters {
    private static final String NO_TABLE = "none";

    /** By schema and table, since their joined name would be a new text for each look. */
    private final ConcurrentHashMap<String, ConcurrentHashMap<String, OfTable>> known = new ConcurrentHashMap<>();

    private final BoundedTag<OfTable> bounded;
    private final OfTable none;

    /**
     * No counter yet.
     *
     * @param make registers the counter of a table, or of {@link BoundedTag#OTHER}, and a kind
     */
    TableCounters(BiFunction<String, Kind, Counter> make) {
        this.bounded = new BoundedTag<>(table -> new OfTable(table, make));
        this.none = new OfTable(NO_TABLE, make);
    }

    /** The counters of one value of the tag. */
    private static final class OfTable {
        private final String table;
        private final BiFunction<String, Kind, Counter> make;
        private final ConcurrentHashMap<Kind, Counter> byKind = new ConcurrentHashMap<>();

        OfTable(String table, BiFunction<String, Kind, Counter> make) {
            this.table = table;
            this.make = make;
        }

        Counter of(Kind kind) {
            Counter counter = byKind.get(kind); // the other method would make garbage
            return counter != null ? counter : byKind.computeIfAbsent(kind, this::make);
        }

        private Counter make(Kind kind) {
            return make.apply(table, kind);
        }
    }

    /** Whether a table, as schema and name, is counted by itself. */
    boolean isKnown(String schema, String table) {
        ConcurrentHashMap<String, OfTable> tables = known.get(schema);
        return tables != null && tables.containsKey(table);
    }

    /**
     * The counter of a table's events.
     *
     * @param schema its schema, null for what has no table
     * @param table its name, null for what has no table
     */
    Counter counter(@Nullable String schema, @Nullable String table, Kind kind) {
        if (schema == null || table == null) {
            return none.of(kind);
        }
        ConcurrentHashMap<String, OfTable> tables = known.get(schema);
        OfTable found = tables == null ? null : tables.get(table);
        return (found != null ? found : find(schema, table)).of(kind);
    }

    /** The value of the tag: one for each table, as {@code walwire.subscriptions} and the headers of Kafka's records have it. */
    static String tag(String schema, String table) {
        return written(schema) + '.' + written(table);
    }

    private static String written(String name) {
        boolean bare = !name.isEmpty() && name.chars().noneMatch(TableCounters::isSpecial);
        return bare ? name : '"' + name.replace("\"", "\"\"") + '"';
    }

    private static boolean isSpecial(int c) {
        return c == ',' || c == '.' || c == '"' || c == '*' || Character.isWhitespace(c);
    }

    /** Remembers as many as there are values of the tag. */
    private OfTable find(String schema, String table) {
        OfTable found = bounded.of(tag(schema, table));
        if (!found.table.equals(BoundedTag.OTHER)) {
            known.computeIfAbsent(schema, name -> new ConcurrentHashMap<>()).put(table, found);
        }
        return found;
    }
}
