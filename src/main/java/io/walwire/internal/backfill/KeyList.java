package io.walwire.internal.backfill;

import java.util.List;

/**
 * Rows that are read again, by their keys.
 *
 * @param keys the keys' values, as text
 */
public record KeyList(List<List<String>> keys) implements ReadRange {
    public KeyList {
        keys = List.copyOf(keys);
    }

    @Override
    public String condition(LeafPlan leaf) {
        return KeyComparison.in(leaf.key(), keys);
    }

    @Override
    public String order(LeafPlan leaf) {
        return "";
    }
}
