package io.walwire.internal.transaction;

import com.fasterxml.jackson.core.JsonGenerator;
import io.walwire.event.Change;
import io.walwire.event.Changes;
import io.walwire.event.Column;
import io.walwire.event.ColumnState;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.Kind;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Position;
import io.walwire.event.Source;
import io.walwire.event.TableSchema;
import io.walwire.internal.codec.BinaryValues;
import io.walwire.internal.codec.JsonValues;
import io.walwire.internal.codec.PgType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An event as one line of JSON, from PostgreSQL's own text of its values. */
final class EventJson {
    /** What an event of ten columns takes. */
    private static final int USUAL_BYTES = 1024;

    private final JsonGenerator out;
    private final TupleRow.ValueReader<JsonGenerator> ofText;
    private final TupleRow.ValueReader<JsonGenerator> ofBinary;

    private EventJson(JsonGenerator out) {
        this.out = out;
        this.ofText = reader(out, JsonValues::write);
        this.ofBinary = reader(out, BinaryValues::write);
    }

    static String of(ReceivedChange event) {
        return print(json -> json.change(event));
    }

    /**
     * The key and some columns.
     *
     * @param columns of both rows; null for the key alone
     */
    static String ofPart(ReceivedChange event, @Nullable List<Column> columns) {
        return print(json -> json.part(event, columns));
    }

    static String of(ReceivedMessage event) {
        return print(json -> json.message(event));
    }

    static String of(LostContinuity event) {
        return print(json -> json.gap(event));
    }

    static String of(Source source) {
        return print(json -> json.source(source, true));
    }

    static String of(TupleRow row, List<Column> columns) {
        return print(json -> json.row(row, columns));
    }

    private interface Body {
        void write(EventJson json) throws IOException;
    }

    private static String print(Body body) {
        ByteArrayOutputStream utf8 = new ByteArrayOutputStream(USUAL_BYTES);
        try (JsonGenerator out = JsonValues.factory().createGenerator(utf8)) {
            body.write(new EventJson(out));
        } catch (IOException e) {
            throw new UncheckedIOException("An array of bytes does not fail", e);
        }
        return utf8.toString(StandardCharsets.UTF_8);
    }

    private void change(ReceivedChange event) throws IOException {
        Table table = event.table();
        out.writeStartObject();
        out.writeStringField("name", table.name());
        out.writeStringField("type", event.kind().jsonName());
        out.writeFieldName("source");
        out.writeRawValue(table.sourceJson());
        if (event instanceof ReceivedRow row) {
            rows(row, table);
        } else {
            noRows();
        }
        if (event instanceof ReceivedTruncate truncate) {
            truncate(truncate);
        } else if (event instanceof ReceivedSchema schema) {
            schema(schema);
        }
        out.writeStringField("timestamp", event.header().timestampText());
        transaction(event.header(), event.kind() == Kind.SCHEMA ? null : event.place());
        contextAndOrigin(event.header());
        out.writeEndObject();
    }

    private void rows(ReceivedRow event, Table table) throws IOException {
        boolean beforeShown = event.kind() == Kind.DELETE || table.oldRecordInJson();
        rowField("key", event.keyed(), table.key());
        rowField("new_record", event.afterRow(), table.columns());
        rowField("old_record", beforeShown ? event.beforeRow() : null, table.columns());
        changes(event.changes());
        out.writeArrayFieldStart("unavailable");
        for (String column : event.unavailable()) {
            out.writeString(column);
        }
        out.writeEndArray();
    }

    private void noRows() throws IOException {
        for (String absent : List.of("key", "new_record", "old_record", "changes")) {
            out.writeNullField(absent);
        }
        out.writeArrayFieldStart("unavailable");
        out.writeEndArray();
    }

    private void part(ReceivedChange event, @Nullable List<Column> columns) throws IOException {
        out.writeStartObject();
        out.writeStringField("name", event.source().table());
        out.writeStringField("type", event.kind().jsonName());
        out.writeFieldName("source");
        source(event.source(), false);
        rowField(
                "key",
                event instanceof ReceivedRow row ? row.keyed() : null,
                event.table().key());
        if (columns != null && event instanceof ReceivedRow row) {
            rowField("new_record", row.afterRow(), columns);
            rowField("old_record", row.beforeRow(), columns);
        }
        out.writeStringField("timestamp", event.header().timestampText());
        transaction(event.header(), event.place());
        out.writeEndObject();
    }

    private void gap(LostContinuity event) throws IOException {
        tableless(event);
        Gap gap = event.gap();
        out.writeObjectFieldStart("gap");
        position("from", gap.from());
        position("to", gap.to());
        out.writeStringField("reason", gap.reason());
        out.writeEndObject();
        out.writeNullField("timestamp");
        out.writeNullField("transaction");
        out.writeEndObject();
    }

    private void message(ReceivedMessage event) throws IOException {
        tableless(event);
        LogicalMessage message = event.message();
        String text = message.text();
        out.writeObjectFieldStart("message");
        out.writeStringField("prefix", message.prefix());
        if (text == null) {
            out.writeBinaryField("content", message.content());
        } else {
            out.writeStringField("content", text);
        }
        out.writeStringField("encoding", text == null ? "base64" : "utf8");
        out.writeBooleanField("transactional", message.transactional());
        position("lsn", message.lsn());
        out.writeEndObject();
        TransactionHeader header = event.transaction();
        if (header == null) {
            out.writeNullField("timestamp");
            out.writeNullField("transaction");
        } else {
            out.writeStringField("timestamp", header.timestampText());
            transaction(header, null);
            contextAndOrigin(header);
        }
        out.writeEndObject();
    }

    private void tableless(Event event) throws IOException {
        out.writeStartObject();
        out.writeNullField("name");
        out.writeStringField("type", event.kind().jsonName());
        out.writeFieldName("source");
        source(event.source(), true);
        noRows();
    }

    private void source(Source source, boolean withColumns) throws IOException {
        out.writeStartObject();
        out.writeStringField("name", source.name());
        out.writeStringField("version", source.version());
        out.writeStringField("db", source.db());
        if (!source.table().isEmpty()) {
            out.writeStringField("schema", source.schema());
            out.writeStringField("table", source.table());
        }
        if (!source.table().isEmpty() && withColumns) {
            out.writeObjectFieldStart("columns");
            for (Map.Entry<String, String> column : source.columns().entrySet()) {
                out.writeStringField(column.getKey(), column.getValue());
            }
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    private void rowField(String field, @Nullable TupleRow row, List<Column> columns) throws IOException {
        if (row == null) {
            out.writeNullField(field);
        } else {
            out.writeFieldName(field);
            row(row, columns);
        }
    }

    private void row(TupleRow row, List<Column> columns) throws IOException {
        out.writeStartObject();
        for (Column column : columns) {
            int position = row.position(column.name());
            if (row.isKnown(position)) {
                out.writeFieldName(column.name());
                value(row, position);
            }
        }
        out.writeEndObject();
    }

    private void changes(@Nullable Changes changes) throws IOException {
        if (changes == null) {
            out.writeNullField("changes");
            return;
        }
        out.writeObjectFieldStart("changes");
        for (Change change : changes.list()) {
            RowChanges.ColumnChange column = (RowChanges.ColumnChange) change;
            out.writeObjectFieldStart(column.column());
            out.writeFieldName("old_value");
            value(column.before(), column.position());
            out.writeFieldName("new_value");
            value(column.after(), column.position());
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    private void value(TupleRow row, int position) throws IOException {
        if (row.state(position) == ColumnState.NULL) {
            out.writeNull();
            return;
        }
        row.read(position, ofText, ofBinary);
    }

    private interface ValueWriter {
        void write(JsonGenerator out, PgType type, byte[] bytes, int offset, int length) throws IOException;
    }

    private static TupleRow.ValueReader<JsonGenerator> reader(JsonGenerator out, ValueWriter writer) {
        return (type, bytes, offset, length) -> {
            try {
                writer.write(out, type, bytes, offset, length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return out;
        };
    }

    private void truncate(ReceivedTruncate truncate) throws IOException {
        out.writeObjectFieldStart("truncate");
        out.writeBooleanField("cascade", truncate.cascade());
        out.writeBooleanField("restart_identity", truncate.restartIdentity());
        out.writeEndObject();
    }

    private void schema(ReceivedSchema change) throws IOException {
        out.writeObjectFieldStart("schema");
        definition("before", change.before());
        definition("after", change.after());
        out.writeEndObject();
    }

    private void definition(String field, @Nullable TableSchema definition) throws IOException {
        if (definition == null) {
            out.writeNullField(field);
            return;
        }
        out.writeObjectFieldStart(field);
        for (Column column : definition.columns()) {
            out.writeStringField(column.name(), column.type());
        }
        out.writeEndObject();
    }

    private void transaction(TransactionHeader header, @Nullable Long index) throws IOException {
        out.writeObjectFieldStart("transaction");
        out.writeNumberField("xid", header.xid());
        out.writeStringField("commit_lsn", header.commitLsnText()); // null if there is none
        out.writeStringField("end_lsn", header.endLsnText()); // null if there is none
        if (index == null) {
            out.writeNullField("index");
        } else {
            out.writeNumberField("index", index);
        }
        out.writeEndObject();
    }

    private void contextAndOrigin(TransactionHeader header) throws IOException {
        byte[] context = header.contextBytes();
        if (context != null) {
            out.writeFieldName("context");
            JsonValues.write(out, PgType.JSON, context, 0, context.length);
        }
        if (header.origin() != null) {
            out.writeStringField("origin", header.origin());
        }
    }

    private void position(String field, @Nullable Position position) throws IOException {
        if (position == null) {
            out.writeNullField(field);
        } else {
            out.writeStringField(field, position.toString());
        }
    }
}
