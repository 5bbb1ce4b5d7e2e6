package io.walwire.internal.transaction;

import io.walwire.event.Column;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.TableSchema;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a table was before a schema change, as bytes: of what it became, its changes' own table is kept. */
final class StoredSchema {
    private StoredSchema() {}

    static void write(DataOutputStream out, @Nullable TableSchema schema) throws IOException {
        out.writeBoolean(schema != null);
        if (schema == null) {
            return;
        }
        out.writeLong(schema.oid());
        StoredTransaction.text(out, schema.schema());
        StoredTransaction.text(out, schema.name());
        StoredTransaction.text(out, schema.replicaIdentity().name());
        out.writeInt(schema.columns().size());
        for (Column column : schema.columns()) {
            StoredTransaction.text(out, column.name());
            StoredTransaction.text(out, column.type());
            out.writeLong(column.typeOid());
            out.writeInt(column.typeModifier());
            out.writeBoolean(column.identity());
        }
    }

    static @Nullable TableSchema read(DataInputStream in) throws IOException {
        if (!in.readBoolean()) {
            return null;
        }
        long oid = in.readLong();
        String schema = StoredTransaction.text(in);
        String name = StoredTransaction.text(in);
        ReplicaIdentity identity = ReplicaIdentity.valueOf(StoredTransaction.text(in));
        List<Column> columns = new ArrayList<>();
        for (int i = StoredTransaction.count(in); i > 0; i--) {
            columns.add(new Column(
                    StoredTransaction.text(in),
                    StoredTransaction.text(in),
                    in.readLong(),
                    in.readInt(),
                    in.readBoolean()));
        }
        return new TableSchema(oid, schema, name, identity, columns);
    }
}
