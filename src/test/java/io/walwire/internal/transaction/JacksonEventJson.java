package io.walwire.internal.transaction;

import com.fasterxml.jackson.core.JsonGenerator;
import io.walwire.event.Change;
import io.walwire.event.Changes;
import io.walwire.event.Column;
import io.walwire.event.ColumnState;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.MessageEvent;
import io.walwire.event.Position;
import io.walwire.event.Source;
import io.walwire.event.TableSchema;
import io.walwire.internal.codec.JacksonValues;
import io.walwire.internal.codec.JsonValues;
import io.walwire.internal.codec.PgType;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Events to JSON by Jackson's generator: slow, and what {@link EventJson} is compared with. */
final class JacksonEventJson {
    private final JsonGenerator out;

    private JacksonEventJson(JsonGenerator out) {
        this.out = out;
    }

    static String of(Event event) {
        StringWriter text = new StringWriter(); // a generator of bytes would escape what is beyond 16 bits
        try (JsonGenerator out = JsonValues.factory().createGenerator(text)) {
            new JacksonEventJson(out).event(event);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private void event(Event event) throws IOException {
        boolean ofTable = event instanceof ReceivedChange;
        out.writeStartObject();
        out.writeStringField("name", ofTable ? event.source().table() : null);
        out.writeStringField("type", event.kind().jsonName());
        source(event.source());
        rows(event instanceof ReceivedRow row ? row : null);
        if (event instanceof ReceivedTruncate truncate) {
            out.writeObjectFieldStart("truncate");
            out.writeBooleanField("cascade", truncate.cascade());
            out.writeBooleanField("restart_identity", truncate.restartIdentity());
            out.writeEndObject();
        } else if (event instanceof ReceivedSchema schema) {
            out.writeObjectFieldStart("schema");
            definition("before", schema.before());
            definition("after", schema.after());
            out.writeEndObject();
        } else if (event instanceof MessageEvent message) {
            message(message);
        }
        TransactionHeader header = (TransactionHeader) event.transaction();
        Long index = ofTable && event.kind() != Kind.SCHEMA ? ((ReceivedChange) event).place() : null;
        transaction(header, index);
        out.writeEndObject();
    }

    private void source(Source source) throws IOException {
        out.writeObjectFieldStart("source");
        out.writeStringField("name", source.name());
        out.writeStringField("version", source.version());
        out.writeStringField("db", source.db());
        if (!source.table().isEmpty()) {
            out.writeStringField("schema", source.schema());
            out.writeStringField("table", source.table());
            out.writeObjectFieldStart("columns");
            for (Map.Entry<String, String> column : source.columns().entrySet()) {
                out.writeStringField(column.getKey(), column.getValue());
            }
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    private void rows(@Nullable ReceivedRow event) throws IOException {
        row(
                "key",
                event == null ? null : event.keyed(),
                event == null ? List.of() : event.table().key());
        List<Column> columns = event == null ? List.of() : event.table().columns();
        row("new_record", event == null ? null : event.afterRow(), columns);
        boolean beforeShown =
                event != null && (event.kind() == Kind.DELETE || event.table().oldRecordInJson());
        row("old_record", event != null && beforeShown ? event.beforeRow() : null, columns);
        Changes changes = event == null ? null : event.changes();
        if (changes == null) {
            out.writeNullField("changes");
        } else {
            out.writeObjectFieldStart("changes");
            for (Change change : changes.list()) {
                RowChanges.ColumnChange column = (RowChanges.ColumnChange) change;
                out.writeObjectFieldStart(change.column());
                value("old_value", column.before(), column.position());
                value("new_value", column.after(), column.position());
                out.writeEndObject();
            }
            out.writeEndObject();
        }
        out.writeArrayFieldStart("unavailable");
        for (String column : event == null ? List.<String>of() : event.unavailable()) {
            out.writeString(column);
        }
        out.writeEndArray();
    }

    private void row(String field, @Nullable TupleRow row, List<Column> columns) throws IOException {
        if (row == null) {
            out.writeNullField(field);
            return;
        }
        out.writeObjectFieldStart(field);
        for (Column column : columns) {
            if (row.isKnown(column.name())) {
                value(column.name(), row, row.position(column.name()));
            }
        }
        out.writeEndObject();
    }

    private void value(String field, TupleRow row, int position) throws IOException {
        out.writeFieldName(field);
        if (row.state(position) == ColumnState.NULL) {
            out.writeNull();
        } else {
            row.read(position, reader(JacksonValues::write), reader(JacksonValues::writeBinary));
        }
    }

    private interface ValueWriter {
        void write(JsonGenerator out, PgType type, byte[] bytes, int offset, int length) throws IOException;
    }

    private TupleRow.ValueReader<JsonGenerator> reader(ValueWriter writer) {
        return (type, bytes, offset, length) -> {
            try {
                writer.write(out, type, bytes, offset, length);
                return out;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    private void message(MessageEvent event) throws IOException {
        String text = event.message().text();
        out.writeObjectFieldStart("message");
        out.writeStringField("prefix", event.message().prefix());
        if (text == null) {
            out.writeBinaryField("content", event.message().content());
        } else {
            out.writeStringField("content", text);
        }
        out.writeStringField("encoding", text == null ? "base64" : "utf8");
        out.writeBooleanField("transactional", event.message().transactional());
        position("lsn", event.message().lsn());
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

    private void transaction(@Nullable TransactionHeader header, @Nullable Long index) throws IOException {
        if (header == null) {
            out.writeNullField("timestamp");
            out.writeNullField("transaction");
            return;
        }
        out.writeStringField("timestamp", Timestamps.print(header.timestamp()));
        out.writeObjectFieldStart("transaction");
        out.writeNumberField("xid", header.xid());
        position("commit_lsn", header.commitLsn());
        position("end_lsn", header.endLsn());
        if (index == null) {
            out.writeNullField("index");
        } else {
            out.writeNumberField("index", index);
        }
        out.writeEndObject();
        byte[] context = header.contextBytes();
        if (context != null) {
            out.writeFieldName("context");
            JacksonValues.write(out, PgType.JSON, context, 0, context.length);
        }
        if (header.origin() != null) {
            out.writeStringField("origin", header.origin());
        }
    }

    private void position(String field, @Nullable Position position) throws IOException {
        out.writeStringField(field, position == null ? null : position.toString());
    }
}
