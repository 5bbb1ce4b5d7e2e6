package io.walwire.internal.codec;

/** How the text of a type's values is read; TEXT for everything without a kind of its own. */
public enum TypeKind {
    BOOL,
    INT2,
    INT4,
    INT8,
    OID,
    FLOAT4,
    FLOAT8,
    NUMERIC,
    UUID,
    DATE,
    TIME,
    TIMETZ,
    TIMESTAMP,
    TIMESTAMPTZ,
    INTERVAL,
    BYTEA,
    JSON,
    /** An extension's type, so its OID differs from database to database. */
    HSTORE,
    ARRAY,
    TEXT;

    /**
     * The kind of one of PostgreSQL's own scalars, whose OIDs are fixed in {@code pg_type.dat}; TEXT for every other OID.
     * By OID and not by name, because a user may have a type called {@code date} in a schema of their own.
     */
    public static TypeKind ofBuiltIn(long oid) {
        if (oid < 16 || oid > 3802) {
            return TEXT;
        }
        return switch ((int) oid) {
            case 16 -> BOOL;
            case 17 -> BYTEA;
            case 20 -> INT8;
            case 21 -> INT2;
            case 23 -> INT4;
            case 26 -> OID;
            case 114, 3802 -> JSON;
            case 700 -> FLOAT4;
            case 701 -> FLOAT8;
            case 1082 -> DATE;
            case 1083 -> TIME;
            case 1114 -> TIMESTAMP;
            case 1184 -> TIMESTAMPTZ;
            case 1186 -> INTERVAL;
            case 1266 -> TIMETZ;
            case 1700 -> NUMERIC;
            case 2950 -> UUID;
            default -> TEXT;
        };
    }
}
