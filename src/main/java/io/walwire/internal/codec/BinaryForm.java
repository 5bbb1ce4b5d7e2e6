package io.walwire.internal.codec;

/**
 * What a type's values look like in binary: what its send function makes of them. One form for types that are sent and printed
 * alike; a domain has its base type's.
 */
public enum BinaryForm {
    BOOL,
    /** PostgreSQL's own one-byte type. */
    CHAR,
    TEXT,
    /** A byte that is 1, and the text. */
    VERSIONED_TEXT,
    BYTEA,
    INT2,
    INT4,
    INT8,
    UNSIGNED4,
    UNSIGNED8,
    TID,
    LSN,
    FLOAT4,
    FLOAT8,
    NUMERIC,
    MONEY,
    UUID,
    DATE,
    TIME,
    TIMETZ,
    TIMESTAMP,
    TIMESTAMPTZ,
    INTERVAL,
    NETWORK,
    MACADDR,
    MACADDR8,
    BITS,
    POINT,
    LSEG,
    LINE,
    BOX,
    PATH,
    POLYGON,
    CIRCLE,
    TSVECTOR,
    TSQUERY,
    /** An array that is printed without braces. */
    VECTOR,
    HSTORE,
    ARRAY,
    RANGE,
    MULTIRANGE,
    COMPOSITE,
    /** The type has no send function: it is sent as text even in binary, and what is made of it cannot be sent at all. */
    TEXT_ALONE,
    /** Not known here. */
    UNKNOWN;

    /** The form of one of PostgreSQL's own types, whose OIDs are fixed; UNKNOWN for every other OID. */
    public static BinaryForm ofBuiltIn(long oid) {
        if (oid < 16 || oid > 5069) {
            return UNKNOWN;
        }
        return switch ((int) oid) {
            case 16 -> BOOL;
            case 17 -> BYTEA;
            case 18 -> CHAR;
            case 19, 25, 114, 142, 194, 1042, 1043, 1790 -> TEXT;
            case 20 -> INT8;
            case 21 -> INT2;
            case 23 -> INT4;
            case 26, 28, 29 -> UNSIGNED4;
            case 27 -> TID;
            case 22, 30 -> VECTOR;
            case 700 -> FLOAT4;
            case 701 -> FLOAT8;
            case 790 -> MONEY;
            case 1700 -> NUMERIC;
            case 2950 -> UUID;
            case 3220 -> LSN;
            case 3802, 4072 -> VERSIONED_TEXT;
            case 5069 -> UNSIGNED8;
            default -> ofMoreBuiltIn((int) oid);
        };
    }

    private static BinaryForm ofMoreBuiltIn(int oid) {
        return switch (oid) {
            case 600 -> POINT;
            case 601 -> LSEG;
            case 602 -> PATH;
            case 603 -> BOX;
            case 604 -> POLYGON;
            case 628 -> LINE;
            case 718 -> CIRCLE;
            case 650, 869 -> NETWORK;
            case 774 -> MACADDR8;
            case 829 -> MACADDR;
            case 1082 -> DATE;
            case 1083 -> TIME;
            case 1114 -> TIMESTAMP;
            case 1184 -> TIMESTAMPTZ;
            case 1186 -> INTERVAL;
            case 1266 -> TIMETZ;
            case 1560, 1562 -> BITS;
            case 3614 -> TSVECTOR;
            case 3615 -> TSQUERY;
            default -> UNKNOWN;
        };
    }
}
