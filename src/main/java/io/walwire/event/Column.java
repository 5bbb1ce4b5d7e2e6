package io.walwire.event;

/**
 * One column of a table as it was when the change was made.
 *
 * @param name the raw name, unquoted
 * @param type the type as in {@code pg_type.typname}; an array is {@code element[]}
 * @param typeOid the type's OID, an unsigned 32-bit number
 * @param typeModifier {@code pg_attribute.atttypmod}, such as the length of a {@code varchar(20)}; -1 for none
 * @param identity whether the column belongs to the replica identity; under FULL all do, so this is not the primary key
 */
public record Column(String name, String type, long typeOid, int typeModifier, boolean identity) {}
