package io.walwire.internal.codec;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the stages need to know of a PostgreSQL type, read from the catalog once.
 *
 * @param oid the OID, unsigned
 * @param name as in {@code pg_type.typname}, the domain's own for a domain; an array is {@code element[]}
 * @param kind how its text is read; a domain has its base type's
 * @param element the element's type of an ARRAY, otherwise null
 * @param delimiter what separates an array's elements: a comma, for {@code box} a semicolon
 * @param form what its values look like in binary
 * @param parts the types that a binary value is made of: a range's subtype, a multirange's range, a composite's fields; else
 *     empty
 */
public record PgType(
        long oid,
        String name,
        TypeKind kind,
        @Nullable PgType element,
        char delimiter,
        BinaryForm form,
        List<PgType> parts) {
    public PgType {
        parts = List.copyOf(parts);
        if ((kind == TypeKind.ARRAY) != (element != null)) {
            throw new IllegalArgumentException("type " + name + ": an array, and nothing else, has an element type");
        }
    }

    /** A type that is an array or one of PostgreSQL's own. */
    public PgType(long oid, String name, TypeKind kind, @Nullable PgType element, char delimiter) {
        this(
                oid,
                name,
                kind,
                element,
                delimiter,
                kind == TypeKind.ARRAY ? BinaryForm.ARRAY : BinaryForm.ofBuiltIn(oid),
                List.of());
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

    /** A type that is not an array, with what its binary values look like. */
    public static PgType of(long oid, String name, TypeKind kind, BinaryForm form, List<PgType> parts) {
        return new PgType(oid, name, kind, null, ',', form, parts);
    }

    /**
     * Whether only a value itself shows that it can be read in binary, because the type may have changed since the catalog was
     * read: a composite's fields come and go, and a type without a send function may get one. And hstore sends lengths in the
     * database's encoding before texts in the client's: where these differ, the value cannot be read.
     */
    public boolean isShownByItsValues() {
        return form == BinaryForm.COMPOSITE
                || form == BinaryForm.TEXT_ALONE
                || form == BinaryForm.HSTORE
                || (element != null && element.isShownByItsValues())
                || parts.stream().anyMatch(PgType::isShownByItsValues);
    }

    /** Whether a stream in binary gives its columns exactly what a stream in text does. */
    public boolean isExactInBinary() {
        return form == BinaryForm.TEXT_ALONE || hasKnownForm();
    }

    private boolean hasKnownForm() {
        return form != BinaryForm.UNKNOWN
                && form != BinaryForm.TEXT_ALONE
                && (element == null || element.hasKnownForm())
                && parts.stream().allMatch(PgType::hasKnownForm);
    }

    /** The element's type of an ARRAY; for callers that know it is one. */
    PgType elementType() {
        return Objects.requireNonNull(element, "element");
    }
}
