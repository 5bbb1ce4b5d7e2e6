package io.walwire.internal.transaction;

import io.walwire.event.EventId;
import io.walwire.event.TableSchema;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What tables were at the last change of each, for as long as an instance reads one server: streams come and go, and one that
 * sends transactions again goes back in it. Bounded; a table that is forgotten is seen for the first time when it comes again.
 * Not thread-safe; the reader thread owns it.
 */
public final class SchemaHistory {
    private static final int MAX_TABLES = 4_096;

    private final Map<Name, Long> oids = new HashMap<>();
    private final Map<Long, Seen> seen = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Seen> eldest) {
            if (size() <= MAX_TABLES) {
                return false;
            }
            oids.remove(Name.of(eldest.getValue().schema()), eldest.getKey());
            return true;
        }
    };

    private record Name(String schema, String table) {
        static Name of(TableSchema table) {
            return new Name(table.schema(), table.name());
        }
    }

    /** A definition, the change at which it was first seen, and what it replaced. */
    private record Seen(
            TableSchema schema, EventId since, @Nullable TableSchema before) {}

    /** Whether a change of the table was seen. */
    boolean knows(long oid) {
        return seen.containsKey(oid);
    }

    /**
     * Takes note of a table at a change of it.
     *
     * @param now its definition
     * @param at the change
     * @return what it was at the change before, if that was something else; null if it was the same or is not known
     */
    @Nullable
    TableSchema see(TableSchema now, EventId at) {
        Long oid = now.oid();
        Seen last = seen.get(oid);
        if (last == null) {
            // under another OID it is a table that was dropped or renamed, and this one has its name
            Long former = oids.get(Name.of(now));
            last = former == null ? null : seen.get(former);
        }
        int order = last == null ? -1 : at.compareTo(last.since());
        if (last == null || order < 0) {
            // sent again from before that definition, which is not what the table was before this one
            note(now, at, null);
            return null;
        }
        if (order == 0) {
            return last.before();
        }
        if (last.schema().equals(now)) {
            return null;
        }
        note(now, at, last.schema());
        return last.schema();
    }

    private void note(TableSchema now, EventId at, @Nullable TableSchema before) {
        Seen replaced = seen.put(now.oid(), new Seen(now, at, before));
        if (replaced != null) {
            oids.remove(Name.of(replaced.schema()), now.oid());
        }
        oids.put(Name.of(now), now.oid());
    }

    /** For another server, whose OIDs and positions are its own. */
    public void forget() {
        seen.clear();
        oids.clear();
    }
}
