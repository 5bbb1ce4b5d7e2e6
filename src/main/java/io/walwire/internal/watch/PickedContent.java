package io.walwire.internal.watch;

import com.fasterxml.jackson.core.JsonGenerator;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.Lsn;
import io.walwire.event.Row;
import io.walwire.event.Source;
import io.walwire.internal.codec.JsonValues;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.Timestamps;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The key, and the selected columns where there are any: copies, so that the row they are of can go. */
record PickedContent(
        Kind kind,
        EventId id,
        long xid,
        @Nullable Lsn commitLsn,
        @Nullable Lsn endLsn,
        Source source,
        Instant timestamp,
        @Nullable PickedRow key,
        @Nullable PickedRow oldKey,
        @Nullable PickedRow picked,
        @Nullable PickedRow oldRow,
        @Nullable List<String> changed)
        implements Content {
    /**
     * Copies of a change.
     *
     * @param columns the selected ones; null for keys alone
     */
    static PickedContent of(RowChange change, @Nullable Set<String> columns) {
        ReceivedChange event = change.event();
        Row row = event.kind() == Kind.DELETE ? change.before() : change.after();
        return new PickedContent(
                event.kind(),
                event.id(),
                event.transaction().xid(),
                event.transaction().commitLsn(),
                event.transaction().endLsn(),
                event.source(),
                event.transaction().timestamp(),
                change.key(),
                change.oldKey(),
                pick(row, columns, change),
                pick(change.before(), columns, change),
                change.changedColumns());
    }

    private static @Nullable PickedRow pick(@Nullable Row row, @Nullable Set<String> columns, RowChange change) {
        return row == null || columns == null
                ? null
                : PickedRow.of(row, columns, change.table().types());
    }

    @Override
    public @Nullable Row row() {
        return picked == null ? key : picked;
    }

    @Override
    public @Nullable Event event() {
        return null;
    }

    @Override
    public String toJson() {
        ByteArrayOutputStream utf8 = new ByteArrayOutputStream(512);
        try (JsonGenerator out = JsonValues.factory().createGenerator(utf8)) {
            write(out);
        } catch (IOException e) {
            throw new UncheckedIOException("An array of bytes does not fail", e);
        }
        return utf8.toString(StandardCharsets.UTF_8);
    }

    private void write(JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField("name", source.table());
        out.writeStringField("type", kind.jsonName());
        out.writeObjectFieldStart("source");
        out.writeStringField("name", source.name());
        out.writeStringField("version", source.version());
        out.writeStringField("db", source.db());
        out.writeStringField("schema", source.schema());
        out.writeStringField("table", source.table());
        out.writeEndObject();
        row(out, "key", key);
        if (picked != null) {
            row(out, "new_record", kind == Kind.DELETE ? null : picked);
            row(out, "old_record", oldRow);
        }
        out.writeStringField("timestamp", Timestamps.print(timestamp));
        out.writeObjectFieldStart("transaction");
        out.writeNumberField("xid", xid);
        lsn(out, "commit_lsn", commitLsn);
        lsn(out, "end_lsn", endLsn);
        out.writeNumberField("index", id.index());
        out.writeEndObject();
        out.writeEndObject();
    }

    private static void lsn(JsonGenerator out, String field, @Nullable Lsn lsn) throws IOException {
        out.writeStringField(field, lsn == null ? null : lsn.toString()); // null where there is none
    }

    private static void row(JsonGenerator out, String field, @Nullable PickedRow row) throws IOException {
        out.writeFieldName(field);
        if (row == null) {
            out.writeNull();
        } else {
            row.write(out);
        }
    }
}
