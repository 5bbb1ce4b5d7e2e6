package io.walwire.internal.text;

import io.walwire.internal.text.NameReader.Element;
import io.walwire.internal.text.NameReader.Part;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which tables are meant: one, all of a schema ({@code billing.*}), or all ({@code *}).
 *
 * @param schema null for all
 * @param table null for all of the schema
 */
public record TablePattern(
        @Nullable String schema, @Nullable String table) {
    /** Every table of every schema. */
    public static final TablePattern ALL = new TablePattern(null, null);

    /** Walwire's own tables, whose changes are wanted only by those who name them: they come of handling others. */
    private static final Set<String> OWN = Set.of("walwire_dead_letter", "walwire_checkpoint", "walwire_backfill");

    /** Where the outbox of the trigger source is, if nothing else was said. */
    private static final String OWN_SCHEMA = "walwire";

    public TablePattern {
        if (schema == null && table != null) {
            throw new IllegalArgumentException("a table without a schema");
        }
    }

    /** Exactly this table. */
    public static TablePattern of(TableName name) {
        return new TablePattern(name.schema(), name.table());
    }

    /**
     * Reads one pattern; a bare table name means schema public.
     *
     * @throws IllegalArgumentException with what is wrong and at which position
     */
    public static TablePattern parse(String text) {
        return NameReader.readOne(text, TablePattern::of);
    }

    /**
     * Reads patterns apart by commas, in their order.
     *
     * @throws IllegalArgumentException with everything that is wrong, repeated patterns too, and at which positions
     */
    public static List<TablePattern> parseList(String text) {
        return NameReader.readList(text, TablePattern::of);
    }

    static TablePattern of(Element element) {
        List<Part> parts = element.parts();
        if (parts.size() > 2) {
            throw NameReader.fault(
                    parts.size() + " parts where table or schema.table is expected (a name that holds a dot is quoted)",
                    element);
        }
        Part last = parts.get(parts.size() - 1);
        if (parts.size() == 2 && parts.get(0).isWildcard()) {
            throw NameReader.fault("* cannot stand for a schema", element);
        }
        if (last.isWildcard()) {
            return parts.size() == 1 ? ALL : new TablePattern(parts.get(0).text(), null);
        }
        return of(TableName.of(parts.stream().map(Part::text).toList()));
    }

    /** Whether the table is meant. A wildcard leaves out Walwire's own tables. */
    public boolean matches(String otherSchema, String otherTable) {
        return (schema == null || schema.equals(otherSchema))
                && (table == null ? !isOwn(otherSchema, otherTable) : table.equals(otherTable));
    }

    private boolean isOwn(String otherSchema, String otherTable) {
        return OWN.contains(otherTable) || (schema == null && otherSchema.equals(OWN_SCHEMA));
    }

    /**
     * The tables that are wanted by their names, and not only by a pattern.
     *
     * @param patterns the subscriptions
     * @param handled tables that handlers name
     * @return a new set
     */
    public static Set<TableName> named(Collection<TablePattern> patterns, Collection<TableName> handled) {
        Set<TableName> named = new LinkedHashSet<>(handled);
        patterns.forEach(pattern -> pattern.tableName().ifPresent(named::add));
        return named;
    }

    /** The table, where the pattern names exactly one. */
    public Optional<TableName> tableName() {
        return schema == null || table == null ? Optional.empty() : Optional.of(new TableName(schema, table));
    }

    /** As {@link #parse} reads it back. */
    @Override
    public String toString() {
        if (schema == null) {
            return "*";
        }
        return NameReader.write(schema) + "." + (table == null ? "*" : NameReader.write(table));
    }
}
