package io.walwire.internal.backfill;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.walwire.internal.text.SqlIdentifiers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A limited number of rows, in the order of their key.
 *
 * @param after values of the key, as text; only rows after it are read; null to read from the first row on
 * @param upTo the last key to read; null to read up to the last row
 * @param rows the maximum number of rows
 */
public record KeyRange(
        @Nullable List<String> after, @Nullable List<String> upTo, int rows) implements KeptRange {
    static final String NAME = "keys";

    public KeyRange {
        after = after == null ? null : List.copyOf(after);
        upTo = upTo == null ? null : List.copyOf(upTo);
        if (rows < 1) {
            throw new IllegalArgumentException("A range of " + rows + " rows");
        }
    }

    @Override
    public String condition(LeafPlan leaf) {
        String condition = after == null ? "" : KeyComparison.of(leaf.key(), ">", after);
        if (upTo != null) {
            condition += (condition.isEmpty() ? "" : " AND ") + KeyComparison.of(leaf.key(), "<=", upTo);
        }
        return condition.isEmpty() ? "true" : condition;
    }

    @Override
    public String order(LeafPlan leaf) {
        return " ORDER BY "
                + leaf.key().stream()
                        .map(column -> SqlIdentifiers.quote(column.name()))
                        .collect(Collectors.joining(", "))
                + " LIMIT " + rows;
    }

    @Override
    public JsonNode toJson() {
        return JsonNodeFactory.instance
                .arrayNode()
                .add(NAME)
                .add(rows)
                .add(texts(after))
                .add(texts(upTo));
    }

    static @Nullable ArrayNode texts(@Nullable List<String> texts) {
        if (texts == null) {
            return null;
        }
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        texts.forEach(array::add);
        return array;
    }

    boolean hasColumns(int columns) {
        return (after == null || after.size() == columns) && (upTo == null || upTo.size() == columns);
    }

    static KeyRange parse(JsonNode json) {
        return new KeyRange(
                texts(json.path(2)), texts(json.path(3)), json.path(1).asInt());
    }

    static @Nullable List<String> texts(JsonNode json) {
        if (!json.isArray()) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        json.forEach(each -> texts.add(each.asText()));
        return texts;
    }
}
