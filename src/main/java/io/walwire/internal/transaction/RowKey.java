package io.walwire.internal.transaction;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Names a row, for as long as its key is what it is.
 *
 * @param schema the table's schema
 * @param table the table's name
 * @param values the key's values, as text that is the same wherever PostgreSQL holds the values equal
 */
public record RowKey(String schema, String table, List<@Nullable String> values) {}
