package io.walwire.internal.connection.catalog;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code pg_type}.
 *
 * @param isSent whether it has a send function
 * @param extension the extension that it belongs to, or null
 * @param parts of a range its subtype, of a multirange its range, of a composite its fields
 */
record CatalogType(
        long oid,
        String name,
        String category,
        long base,
        boolean isSent,
        boolean isArray,
        long element,
        char delimiter,
        @Nullable String extension,
        List<Long> parts) {
    boolean isDomain() {
        return category.equals("d");
    }

    boolean isOf(String wanted) {
        return wanted.equals(extension);
    }
}
