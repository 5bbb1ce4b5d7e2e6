package io.walwire.internal.connection.catalog;

import io.walwire.internal.pgoutput.PgOutputMessage;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names of types as the stream sends them before each description of a table that has such columns. Of a domain that is the
 * name of its base type. They are those of about the time of the change, since a
 * stream may be read ahead within a transaction. The catalog has those that other sessions see now. Not thread-safe.
 */
final class SentTypeNames {
    /** What is remembered is bounded. */
    private static final int MAX_NAMES = 8_192;

    private final Map<Integer, String> names = new HashMap<>();

    /**
     * Takes note of a name.
     *
     * @return false if what is known of types may be of before a change of name
     */
    boolean take(PgOutputMessage.Type type) {
        boolean isForgotten = names.size() >= MAX_NAMES;
        if (isForgotten) {
            names.clear(); // one of them may be renamed before its name is sent again
        }
        String before = names.put(type.oid(), type.name());
        return !isForgotten && (before == null || before.equals(type.name()));
    }

    /** Whether the catalog's types have the names that were sent; one that was not sent or that the catalog does not have counts. */
    boolean areThoseOf(Set<Long> oids, Map<Long, CatalogType> types) {
        return oids.stream().allMatch(oid -> {
            String sent = names.get(oid.intValue());
            CatalogType type = base(types.get(oid), types);
            return sent == null || type == null || sent.equals(type.name());
        });
    }

    private static @Nullable CatalogType base(@Nullable CatalogType type, Map<Long, CatalogType> types) {
        CatalogType base = type;
        while (base != null && base.isDomain()) {
            base = types.get(base.base());
        }
        return base;
    }
}
