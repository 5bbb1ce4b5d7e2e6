package io.walwire.internal.triggers;

import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a table's rows looked like when they were captured.
 *
 * @param relation the table, of a partition the partitioned one, as a replication stream would describe it
 * @param types the names of the types that are not built in
 * @param order for each field of a row the column that it is; negative for none
 */
record Definition(Relation relation, List<PgOutputMessage.Type> types, int[] order) {
    private static final long FIRST_OWN_OID = 16384;

    /**
     * A column as the outbox's table of definitions has it.
     *
     * @param place in the order of the table's columns; 0 if it has no value
     */
    record Field(String name, long typeOid, int typeModifier, String typeSchema, String typeName, int place) {}

    /**
     * From what is stored.
     *
     * @param root the table's OID
     * @param schema its schema's name
     * @param name its name
     * @param fields in the order of the rows
     */
    static Definition of(long root, String schema, String name, List<Field> fields) {
        int[] inOrder = IntStream.range(0, fields.size())
                .filter(i -> fields.get(i).place() > 0)
                .boxed()
                .sorted(Comparator.comparing(i -> fields.get(i).place()))
                .mapToInt(Integer::intValue)
                .toArray();
        int[] order = new int[fields.size()];
        Arrays.fill(order, -1);
        List<RelationColumn> columns = new ArrayList<>();
        List<PgOutputMessage.Type> types = new ArrayList<>();
        for (int field : inOrder) {
            Field each = fields.get(field);
            order[field] = columns.size();
            columns.add(new RelationColumn(true, each.name(), (int) each.typeOid(), each.typeModifier()));
            if (each.typeOid() >= FIRST_OWN_OID) {
                types.add(new PgOutputMessage.Type((int) each.typeOid(), each.typeSchema(), each.typeName()));
            }
        }
        return new Definition(
                new Relation((int) root, schema, name, ReplicaIdentity.FULL, List.copyOf(columns)),
                List.copyOf(types),
                order);
    }

    int columns() {
        return relation.columns().size();
    }
}
