package io.walwire.internal.transaction;

import io.walwire.event.Kind;
import io.walwire.event.SchemaChange;
import io.walwire.event.TableSchema;
import io.walwire.event.Truncate;
import io.walwire.internal.pgoutput.PgOutputMessage.OldRow;
import org.jspecify.annotations.Nullable;

/** A change that concerns no row: TRUNCATE, or another definition. */
final class WholeTableEvent extends ChangeEvent {
    private final @Nullable Truncate truncate;
    private final @Nullable SchemaChange schemaChange;

    private WholeTableEvent(
            TransactionHeader header,
            Table table,
            Kind kind,
            long index,
            @Nullable Truncate truncate,
            @Nullable SchemaChange schemaChange) {
        super(header, table, kind, index, OldRow.ABSENT, null, null);
        this.truncate = truncate;
        this.schemaChange = schemaChange;
    }

    static ChangeEvent ofTruncate(TransactionHeader header, Table table, long index, Truncate truncate) {
        return new WholeTableEvent(header, table, Kind.TRUNCATE, index, truncate, null);
    }

    /**
     * A change of the table itself.
     *
     * @param table the table as it is now
     * @param before what it was
     * @param next the index of the change that follows
     */
    static ChangeEvent ofSchema(TransactionHeader header, Table table, @Nullable TableSchema before, long next) {
        SchemaChange change = new SchemaChange(before, table.schemaNow());
        return new WholeTableEvent(header, table, Kind.SCHEMA, next, null, change);
    }

    @Override
    public @Nullable Truncate truncate() {
        return truncate;
    }

    @Override
    public @Nullable SchemaChange schemaChange() {
        return schemaChange;
    }
}
