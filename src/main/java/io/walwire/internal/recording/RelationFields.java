package io.walwire.internal.recording;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import java.util.ArrayList;
import java.util.List;

/** A table's description as JSON, without its OID. */
final class RelationFields {
    private RelationFields() {}

    static void write(ObjectNode into, Relation relation) {
        into.put("schema", relation.schema()).put("name", relation.name());
        into.put("identity", relation.replicaIdentity().name());
        var columns = into.putArray("columns");
        for (RelationColumn column : relation.columns()) {
            columns.addObject()
                    .put("name", column.name())
                    .put("type", Integer.toUnsignedLong(column.typeOid()))
                    .put("modifier", column.typeModifier())
                    .put("identity", column.identity());
        }
    }

    /**
     * Reads what was written.
     *
     * @throws IllegalArgumentException if it is no description
     */
    static Relation read(int oid, JsonNode from) {
        List<RelationColumn> columns = new ArrayList<>();
        for (JsonNode column : RecordingLine.field(from, "columns")) {
            columns.add(new RelationColumn(
                    RecordingLine.field(column, "identity").asBoolean(),
                    RecordingLine.text(column, "name"),
                    (int) RecordingLine.field(column, "type").asLong(),
                    RecordingLine.field(column, "modifier").asInt()));
        }
        return new Relation(
                oid,
                RecordingLine.text(from, "schema"),
                RecordingLine.text(from, "name"),
                ReplicaIdentity.valueOf(RecordingLine.text(from, "identity")),
                List.copyOf(columns));
    }
}
