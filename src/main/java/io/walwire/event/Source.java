package io.walwire.event;

import java.util.Map;

/**
 * Where an event comes from.
 *
 * @param name the software, "Walwire"
 * @param version its version
 * @param db the database
 * @param schema the table's schema, unquoted
 * @param table the table's name, unquoted
 * @param columns column name to type name, in the table's own order, unmodifiable
 */
public record Source(String name, String version, String db, String schema, String table, Map<String, String> columns) {
    /**
     * Schema and table, for people.
     *
     * @return for example {@code billing.invoice}
     */
    public String qualifiedTable() {
        return schema + '.' + table;
    }
}
