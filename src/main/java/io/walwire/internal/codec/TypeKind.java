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
    ARRAY,
    TEXT
}
