package io.walwire.internal.codec;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the stages need to know of a PostgreSQL type, read from the catalog once.
 *
 * @param oid the OID, unsigned
 * @param name as in {@code pg_type.typname}, the domain's own for a domain; an array is {@code element[]}
 * @param kind how its text is read; a domain has its base type's
 * @param element the element's type of an ARRAY, else null
 * @param delimiter what separates an array's elements: a comma, for {@code box} a semicolon
 */
public record PgType(
        long oid, String name, TypeKind kind, @Nullable PgType element, char delimiter) {
    public PgType {
        if ((kind == TypeKind.ARRAY) != (element != null)) {
            throw new IllegalArgumentException("type " + name + ": an array, and nothing else, has an element type");
        }
    }

    /** PostgreSQL's {@code json}, for JSON that is in no column. */
    public static final PgType JSON = scalar(114, "json", TypeKind.JSON);

    /** A type whose values are read as their text. */
    public static PgType text(long oid, String name) {
        return new PgType(oid, name, TypeKind.TEXT, null, ',');
    }

    /** A scalar. */
    public static PgType scalar(long oid, String name, TypeKind kind) {
        return new PgType(oid, name, kind, null, ',');
    }

    /** An array of elements separated by a comma. */
    public static PgType array(long oid, PgType element) {
        return new PgType(oid, element.name() + "[]", TypeKind.ARRAY, element, ',');
    }

    /** The element's type of an ARRAY; for callers that know it is one. */
    PgType elementType() {
        return Objects.requireNonNull(element, "element");
    }
}
