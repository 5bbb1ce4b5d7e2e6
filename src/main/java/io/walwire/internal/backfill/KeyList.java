package io.walwire.internal.backfill;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Rows that are read again, by their keys.
 *
 * @param keys the keys' values, as text
 */
public record KeyList(List<List<String>> keys) implements ReadRange {
    static final String NAME = "list";

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

    @Override
    public JsonNode toJson() {
        ArrayNode json = JsonNodeFactory.instance.arrayNode().add(NAME);
        keys.forEach(key -> json.add(KeyRange.texts(key)));
        return json;
    }

    static KeyList parse(JsonNode json) {
        List<List<String>> keys = new ArrayList<>();
        for (int i = 1; i < json.size(); i++) {
            keys.add(Objects.requireNonNull(KeyRange.texts(json.path(i))));
        }
        return new KeyList(keys);
    }
}
