package io.walwire.internal.backfill;

import com.fasterxml.jackson.databind.JsonNode;

/** A part of a table, which the table of the progress keeps until it is read. Immutable. */
public sealed interface KeptRange extends ReadRange permits BlockRange, KeyRange {
    /**
     * For the table of the progress.
     *
     * @return what {@link #of} reads
     */
    JsonNode toJson();

    /**
     * Reads a range that was kept.
     *
     * @param json as {@link #toJson} gives it
     * @return the same range
     * @throws IllegalArgumentException if it is none
     */
    static KeptRange of(JsonNode json) {
        return switch (json.path(0).asText()) {
            case BlockRange.NAME -> BlockRange.parse(json);
            case KeyRange.NAME -> KeyRange.parse(json);
            default -> throw new IllegalArgumentException("The ranges that are left hold something else");
        };
    }
}
