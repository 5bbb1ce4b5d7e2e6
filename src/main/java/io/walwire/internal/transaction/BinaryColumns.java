package io.walwire.internal.transaction;

import io.walwire.event.Column;
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
                throw new UnreadableInBinaryException(
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
                throw new UnreadableInBinaryException(relation.schema(), relation.name(), column.name(), type.name());
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
                throw new UnreadableInBinaryException(table.schema(), table.name(), column.name(), type.name());
            }
        }
    }
}
