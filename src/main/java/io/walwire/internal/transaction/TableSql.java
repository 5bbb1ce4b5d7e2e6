package io.walwire.internal.transaction;

import io.walwire.event.Source;
import io.walwire.internal.text.SqlIdentifiers;

/** A table's name as SQL, for the statements that messages suggest. */
final class TableSql {
    private TableSql() {}

    static String quoted(Source source) {
        return SqlIdentifiers.quote(source.schema()) + "." + SqlIdentifiers.quote(source.table());
    }
}
