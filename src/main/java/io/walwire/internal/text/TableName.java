package io.walwire.internal.text;

import java.util.List;

/** One table, its names as the catalog holds them. */
public record TableName(String schema, String table) {
    static final String DEFAULT_SCHEMA = "public";

    /**
     * Reads {@code user} (in schema public), {@code billing.invoice} or {@code billing."Weird, name"}; names are literal.
     *
     * @throws IllegalArgumentException with what is wrong and at which position
     */
    public static TableName parse(String text) {
        return NameReader.readOne(text, element -> TablePattern.of(element)
                .tableName()
                .orElseThrow(() -> NameReader.fault("one table is expected, not *,", element)));
    }

    static TableName of(List<String> names) {
        return names.size() == 1
                ? new TableName(DEFAULT_SCHEMA, names.get(0))
                : new TableName(names.get(0), names.get(1));
    }

    /** With its schema, in quotes only where {@link #parse} needs them. */
    @Override
    public String toString() {
        return NameReader.write(schema) + "." + NameReader.write(table);
    }
}
