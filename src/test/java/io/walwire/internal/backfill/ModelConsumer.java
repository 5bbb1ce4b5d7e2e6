package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.pgoutput.TupleData;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A copy of the simulated table, made of events and of rows that were read. */
final class ModelConsumer {
    final Map<String, ModelRow> state = new TreeMap<>();
    private final Map<String, Long> versions = new HashMap<>();
    private final ModelSettings settings;
    private final Runnable delivered;

    /** The last TRUNCATE. */
    private long emptied = -1;

    ModelConsumer(ModelSettings settings, Runnable delivered) {
        this.settings = settings;
        this.delivered = delivered;
    }

    /** A copy that does not change. */
    Map<String, ModelRow> copy() {
        return Map.copyOf(state);
    }

    void restore(Map<String, ModelRow> copy) {
        state.clear();
        state.putAll(copy);
        // the same events and rows come again, and older ones than those that were rolled back
        versions.clear();
        emptied = -1;
    }

    void event(RowChange change, @Nullable ModelRow before) {
        if (change.kind() == RowChange.Kind.TRUNCATE) {
            state.clear();
            emptied = Math.max(emptied, before == null ? 0 : before.version());
            return;
        }
        TupleData tuple = change.row();
        if (tuple == null) {
            String key = before == null ? "" : before.key();
            state.remove(key);
            versions.merge(key, before == null ? 0 : before.version() + 1, Math::max);
            return;
        }
        ModelRow row = ModelRow.of(tuple);
        versions.merge(row.key(), row.version(), Math::max);
        String was = before == null ? row.key() : before.key();
        boolean moved = !was.equals(row.key());
        if (moved) {
            versions.merge(was, row.version(), Math::max);
        }
        boolean heard = !settings.filters()
                || change.kind() == RowChange.Kind.INSERT
                || moved
                || before == null
                || !before.name().equals(row.name());
        if (heard) {
            ModelRow old = moved ? state.remove(was) : null;
            old = old == null ? state.get(row.key()) : old; // an update that comes again does not forget a value
            String large = row.large() != null ? row.large() : old == null ? null : old.large();
            state.put(row.key(), new ModelRow(row.key(), row.version(), row.name(), large, 0));
        }
    }

    void reads(List<TupleData> rows) {
        for (TupleData tuple : rows) {
            ModelRow row = ModelRow.of(tuple);
            assertThat(row.version())
                    .as("version of %s", row)
                    .isGreaterThanOrEqualTo(versions.getOrDefault(row.key(), 0L))
                    .isGreaterThan(emptied);
            versions.put(row.key(), row.version());
            state.put(row.key(), row);
        }
        delivered.run();
    }

    /** What of a row the handler is sure to have: one that filters has the name, and some value of each other column. */
    String known(ModelRow row) {
        return row.key() + " " + row.name() + " "
                + (settings.filters() ? row.large() != null : row.large() + " " + row.version());
    }
}
