package io.walwire.internal.transaction;

import io.walwire.internal.codec.PgType;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import org.jspecify.annotations.Nullable;

/** Whether a table's columns can be read exactly from a stream in binary. */
public final class BinaryColumns {
    private BinaryColumns() {}

    /**
     * The first column whose values can't.
     *
     * @param relation the table
     * @param facts the types of its columns; one that is absent cannot be read
     * @return null where all can
     */
    public static @Nullable RelationColumn firstUnreadable(Relation relation, TableFacts facts) {
        for (RelationColumn column : relation.columns()) {
            PgType type = facts.types().get(column.typeOid());
            if (type == null || !type.isExactInBinary()) {
                return column;
            }
        }
        return null;
    }
}
