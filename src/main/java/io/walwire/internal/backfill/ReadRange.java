package io.walwire.internal.backfill;

import com.fasterxml.jackson.databind.JsonNode;

/** Which rows of a table one chunk reads. Immutable. */
public sealed interface ReadRange permits BlockRange, KeyRange, KeyList {
    /**
     * The condition for its rows.
     *
     * @param leaf the table
     * @return an SQL expression
     */
    String condition(LeafPlan leaf);

    /**
     * The order in which the rows are read, and their number.
     *
     * @param leaf the table
     * @return clauses that follow the condition, beginning with a blank; empty if any order will do
     */
    String order(LeafPlan leaf);

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
    static ReadRange of(JsonNode json) {
        return switch (json.path(0).asText()) {
            case BlockRange.NAME -> BlockRange.parse(json);
            case KeyRange.NAME -> KeyRange.parse(json);
            case KeyList.NAME -> KeyList.parse(json);
            default -> throw new IllegalArgumentException("This is no range: " + json);
        };
    }
}
