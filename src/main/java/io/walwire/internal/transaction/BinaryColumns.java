package io.walwire.internal.transaction;

import io.walwire.event.Column;
import io.walwire.internal.codec.BinaryForm;
import io.walwire.internal.codec.BinaryValues;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.pgoutput.TupleData;
import java.util.Map;

/** Whether what a stream in binary sends can be read exactly. */
public final class BinaryColumns {
    private BinaryColumns() {}

    /**
     * Why values are not read in binary.
     *
     * @param column a column, with its schema and table
     * @param type the name of its type
     * @return what goes on after "because"
     */
    public static String inexact(String column, String type) {
        return "column " + column + " is of type " + type + ", which cannot be read exactly in binary";
    }

    private static UnreadableInBinaryException unreadable(String schema, String table, String column, String type) {
        return new UnreadableInBinaryException(inexact(schema + "." + table + "." + column, type));
    }

    /**
     * Whether the description of a table alone shows that its values can be read: all of its types are PostgreSQL's own, which
     * never change.
     *
     * @param relation the table
     * @return false if the catalog has to be asked
     */
    public static boolean areBuiltIn(Relation relation) {
        for (RelationColumn column : relation.columns()) {
            if (BinaryForm.ofBuiltIn(Integer.toUnsignedLong(column.typeOid())) == BinaryForm.UNKNOWN) {
                return false;
            }
        }
        return true;
    }

    /**
     * Makes sure of it for all of a table's columns, by their types.
     *
     * @param relation the table
     * @param facts the types of its columns; one that is absent cannot be read
     * @throws UnreadableInBinaryException with the first column whose values cannot be read
     */
    public static void requireReadable(Relation relation, TableFacts facts) {
        for (RelationColumn column : relation.columns()) {
            PgType type = facts.types().get(column.typeOid());
            if (type == null || !type.isExactInBinary()) {
                throw unreadable(
                        relation.schema(),
                        relation.name(),
                        column.name(),
                        type == null ? Integer.toUnsignedString(column.typeOid()) : type.name());
            }
        }
    }

    /**
     * Makes sure of it as far as it is known: of a transaction that is not committed yet, which may have made some of the types.
     *
     * @param relation the table
     * @param types those of its columns that others see
     * @throws UnreadableInBinaryException with the first column whose type is among them and cannot be read
     */
    public static void requireReadable(Relation relation, Map<Integer, PgType> types) {
        for (RelationColumn column : relation.columns()) {
            PgType type = types.get(column.typeOid());
            if (type != null && !type.isExactInBinary()) {
                throw unreadable(relation.schema(), relation.name(), column.name(), type.name());
            }
        }
    }

    /** Makes sure of it for the values in a row whose types may no longer be what the catalog had. */
    static void requireReadable(Table table, TupleData row) {
        int[] offsets = row.columnOffsets();
        for (int i = 0; i < offsets.length; i++) {
            PgType type = table.types().get(i);
            int at = offsets[i];
            if (row.bytes()[at] == TupleData.BINARY
                    && type.isShownByItsValues()
                    && !BinaryValues.isReadable(type, row.bytes(), at + 5, TupleData.length(row.bytes(), at))) {
                Column column = table.columns().get(i);
                throw unreadable(table.schema(), table.name(), column.name(), type.name());
            }
        }
    }
}
