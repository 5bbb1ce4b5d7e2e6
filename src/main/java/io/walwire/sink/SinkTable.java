package io.walwire.sink;

import java.util.Objects;

/**
 * A table whose events a sink gets.
 *
 * @param schema unquoted
 * @param name unquoted, without its schema
 */
public record SinkTable(String schema, String name) {
    /**
     * A table.
     *
     * @param schema unquoted
     * @param name unquoted, without its schema
     */
    public SinkTable {
        Objects.requireNonNull(schema, "schema");
        Objects.requireNonNull(name, "name");
    }

    @Override
    public String toString() {
        return schema + "." + name;
    }
}
