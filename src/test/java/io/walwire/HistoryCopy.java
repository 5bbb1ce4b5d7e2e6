package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a {@link RandomTable} that leaves out what comes again: it takes an event of a row only if its place is higher than
 * that of the one before. What it takes must not be older by the row's own version.
 */
final class HistoryCopy implements EventHandler {
    private static final Place NONE = new Place(0, -1);

    private final Map<String, State> rows = new HashMap<>();
    private final Map<String, Place> places = new HashMap<>();
    private final Map<String, Long> versions = new HashMap<>();
    private Place emptied = NONE;

    private record Place(long position, long index) implements Comparable<Place> {
        static Place of(Event event) {
            EventId id = event.id();
            boolean isRead = event.kind() == Kind.READ;
            return new Place(
                    Objects.requireNonNull(event.transaction()).position().value(),
                    isRead ? Long.MAX_VALUE : id.index());
        }

        @Override
        public int compareTo(Place other) {
            int byPosition = Long.compareUnsigned(position, other.position);
            return byPosition != 0 ? byPosition : Long.compare(index, other.index);
        }
    }

    private record State(
            long version, @Nullable String note, @Nullable String big) {}

    @Override
    public void define(Handlers on) {
        on.table("item").onUpsert(this::put).onDelete(this::remove).onTruncate(this::clear);
    }

    private boolean isNew(String id, Place place) {
        return place.compareTo(places.getOrDefault(id, NONE)) > 0 && place.compareTo(emptied) > 0;
    }

    private synchronized void put(RowEvent<Row> event) {
        Row row = event.row();
        String id = Objects.requireNonNull(row.text("id"));
        String was = was(event.beforeRow(), id);
        Place place = Place.of(event);
        State before = isNew(was, place) ? rows.get(was) : null;
        if (!was.equals(id)) {
            forget(was, place);
        }
        if (!isNew(id, place)) {
            return;
        }
        long version = Long.parseLong(Objects.requireNonNull(row.text("v")));
        assertThat(version).as("version of row %s", id).isGreaterThanOrEqualTo(versions.getOrDefault(id, 0L));
        versions.put(id, version);
        places.put(id, place);
        String big = row.isKnown("big") ? row.text("big") : before == null ? null : before.big();
        rows.put(id, new State(version, row.text("note"), big));
    }

    private synchronized void remove(RowEvent<Row> event) {
        forget(was(event.beforeRow(), "none"), Place.of(event));
    }

    private void forget(String id, Place place) {
        if (isNew(id, place)) {
            rows.remove(id);
            places.put(id, place);
        }
    }

    private synchronized void clear(Event event) {
        Place place = Place.of(event);
        emptied = place.compareTo(emptied) > 0 ? place : emptied;
        List<String> older = new ArrayList<>();
        rows.keySet().stream()
                .filter(id -> place.compareTo(places.getOrDefault(id, NONE)) > 0)
                .forEach(older::add);
        older.forEach(rows::remove);
    }

    /** Rows may be missing, and others may be gone: the table is read again. */
    synchronized void forget() {
        rows.clear();
        places.clear();
        versions.clear();
        emptied = NONE;
    }

    /** A partition with an index of its own as its identity does not send the id: its row is found by the version. */
    private String was(@Nullable Row before, String otherwise) {
        if (before == null || before.isKnown("id")) {
            return before == null ? otherwise : Objects.requireNonNull(before.text("id"));
        }
        long version = Long.parseLong(Objects.requireNonNull(before.text("v")));
        return rows.entrySet().stream()
                .filter(row -> row.getValue().version() == version)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(otherwise);
    }

    /** As {@link RandomTable#rows}. */
    synchronized Map<String, String> rows() {
        Map<String, String> all = new TreeMap<>();
        rows.forEach((id, row) -> all.put(id, row.version() + " " + row.note() + " " + row.big()));
        return all;
    }
}
