package io.walwire.internal.transaction;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.SerializedString;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** An event as one line of JSON, from PostgreSQL's own text of its values. */
final class EventJson {
    private static final SerializableString NAME = new SerializedString("name");
    private static final SerializableString KEY = new SerializedString("key");
    private static final SerializableString NEW_RECORD = new SerializedString("new_record");
    private static final SerializableString OLD_RECORD = new SerializedString("old_record");
    private static final SerializableString CHANGES = new SerializedString("changes");
    private static final SerializableString UNAVAILABLE = new SerializedString("unavailable");
    private static final SerializableString TIMESTAMP = new SerializedString("timestamp");
    private static final SerializableString TRANSACTION = new SerializedString("transaction");
    private static final SerializableString XID = new SerializedString("xid");
    private static final SerializableString COMMIT_LSN = new SerializedString("commit_lsn");
    private static final SerializableString END_LSN = new SerializedString("end_lsn");
    private static final SerializableString INDEX = new SerializedString("index");

    /** The one that printed the last line, for the thread that comes next: most often the same one. Its buffer has a fixed size. */
    private static final AtomicReference<EventJson> SPARE = new AtomicReference<>();

    private final JsonLine line = new JsonLine();
    private final JsonGenerator out;
    private final TupleRow.ValueReader<JsonGenerator> ofText;
    private final TupleRow.ValueReader<JsonGenerator> ofBinary;

    private EventJson() throws IOException {
        this.out = JsonValues.factory().createGenerator(line);
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

    static String of(TupleRow row, List<Column> columns) {
        return print(json -> json.row(row, columns));
    }

    private interface Body {
        void write(EventJson json) throws IOException;
    }

    private static String print(Body body) {
        try {
            EventJson spare = SPARE.getAndSet(null);
            EventJson json = spare == null ? new EventJson() : spare;
            body.write(json);
            String text = json.line.end(json.out);
            SPARE.set(json); // one that has failed is given up, with what it has begun
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException("An array of bytes does not fail", e);
        }
    }

    /** What all events of a kind have in common that are about this table: what follows the name of the field "name". */
    static SerializableString head(Table table, Kind kind) {
        String object = print(json -> {
            json.out.writeStartObject();
            json.out.writeStringField("name", table.name());
            json.out.writeStringField("type", kind.jsonName());
            json.out.writeFieldName("source");
            json.source(table.source(), true);
            json.out.writeEndObject();
        });
        return new SerializedString(object.substring("{\"name\":".length(), object.length() - 1));
    }

    private void change(ReceivedChange event) throws IOException {
        Table table = event.table();
        out.writeStartObject();
        out.writeFieldName(NAME);
        out.writeRawValue(table.jsonHead(event.kind()));
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
        timestamp(event.header());
        transaction(event.header(), event.kind() == Kind.SCHEMA ? null : event.place());
        contextAndOrigin(event.header());
        out.writeEndObject();
    }

    private void rows(ReceivedRow event, Table table) throws IOException {
        boolean beforeShown = event.kind() == Kind.DELETE || table.oldRecordInJson();
        rowField(KEY, event.keyed(), table.key());
        rowField(NEW_RECORD, event.afterRow(), table.columns());
        rowField(OLD_RECORD, beforeShown ? event.beforeRow() : null, table.columns());
        changes(event.changes());
        unavailable(event.unavailable());
    }

    private void noRows() throws IOException {
        for (SerializableString absent : List.of(KEY, NEW_RECORD, OLD_RECORD, CHANGES)) {
            nullField(absent);
        }
        unavailable(List.of());
    }

    private void unavailable(List<String> columns) throws IOException {
        out.writeFieldName(UNAVAILABLE);
        out.writeStartArray();
        for (int i = 0; i < columns.size(); i++) {
            out.writeString(columns.get(i));
        }
        out.writeEndArray();
    }

    private void nullField(SerializableString field) throws IOException {
        out.writeFieldName(field);
        out.writeNull();
    }

    private void part(ReceivedChange event, @Nullable List<Column> columns) throws IOException {
        out.writeStartObject();
        out.writeStringField("name", event.source().table());
        out.writeStringField("type", event.kind().jsonName());
        out.writeFieldName("source");
        source(event.source(), false);
        rowField(
                KEY,
                event instanceof ReceivedRow row ? row.keyed() : null,
                event.table().key());
        if (columns != null && event instanceof ReceivedRow row) {
            rowField(NEW_RECORD, row.afterRow(), columns);
            rowField(OLD_RECORD, row.beforeRow(), columns);
        }
        timestamp(event.header());
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
            timestamp(header);
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

    private void rowField(SerializableString field, @Nullable TupleRow row, List<Column> columns) throws IOException {
        if (row == null) {
            nullField(field);
        } else {
            out.writeFieldName(field);
            row(row, columns);
        }
    }

    private void row(TupleRow row, List<Column> columns) throws IOException {
        Table table = row.table();
        boolean all = columns == table.columns();
        out.writeStartObject();
        for (int i = 0; i < columns.size(); i++) {
            int position = all ? i : row.position(columns.get(i).name());
            if (row.isKnown(position)) {
                out.writeFieldName(table.jsonName(position));
                value(row, position);
            }
        }
        out.writeEndObject();
    }

    private void changes(@Nullable Changes changes) throws IOException {
        if (changes == null) {
            nullField(CHANGES);
            return;
        }
        out.writeFieldName(CHANGES);
        out.writeStartObject();
        for (Change change : changes.list()) {
            RowChanges.ColumnChange column = (RowChanges.ColumnChange) change;
            out.writeFieldName(column.after().table().jsonName(column.position()));
            out.writeStartObject();
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

    private void timestamp(TransactionHeader header) throws IOException {
        out.writeFieldName(TIMESTAMP);
        out.writeString(header.timestampText());
    }

    private void transaction(TransactionHeader header, @Nullable Long index) throws IOException {
        out.writeFieldName(TRANSACTION);
        out.writeStartObject();
        out.writeFieldName(XID);
        out.writeNumber(header.xid());
        out.writeFieldName(COMMIT_LSN);
        out.writeString(header.commitLsnText()); // null if there is none
        out.writeFieldName(END_LSN);
        out.writeString(header.endLsnText()); // null if there is none
        out.writeFieldName(INDEX);
        if (index == null) {
            out.writeNull();
        } else {
            out.writeNumber(index);
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
