package io.walwire.internal.transaction;

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
import io.walwire.internal.codec.JsonOutput;
import io.walwire.internal.codec.JsonValues;
import io.walwire.internal.codec.PgType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An event as one line of JSON, from PostgreSQL's own bytes of its values to those of the line. */
final class EventJson {
    private static final byte[] KEY = JsonOutput.encodedName("key");
    private static final byte[] NEW_RECORD = JsonOutput.encodedName("new_record");
    private static final byte[] OLD_RECORD = JsonOutput.encodedName("old_record");
    private static final byte[] CHANGES = JsonOutput.encodedName("changes");
    private static final byte[] OLD_VALUE = JsonOutput.encodedName("old_value");
    private static final byte[] NEW_VALUE = JsonOutput.encodedName("new_value");
    private static final byte[] UNAVAILABLE = JsonOutput.encodedName("unavailable");

    private static final byte[] INDEX = ",\"index\":".getBytes(StandardCharsets.US_ASCII);

    /** The one that printed the last line, for the thread that comes next: most often the same one. Its buffer has a fixed size. */
    private static final AtomicReference<EventJson> SPARE = new AtomicReference<>();

    private final JsonOutput out = new JsonOutput();
    private final TupleRow.ValueReader<JsonOutput> ofText = (type, bytes, offset, length) -> {
        JsonValues.write(out, type, bytes, offset, length);
        return out;
    };
    private final TupleRow.ValueReader<JsonOutput> ofBinary = (type, bytes, offset, length) -> {
        BinaryValues.write(out, type, bytes, offset, length);
        return out;
    };

    private EventJson() {}

    static String of(ReceivedChange event) {
        return text(json -> json.change(event));
    }

    /** Writes the line in one call. */
    static void write(ReceivedChange event, OutputStream to) throws IOException {
        EventJson json = printed(it -> it.change(event));
        try {
            json.out.end(to);
        } finally {
            SPARE.set(json);
        }
    }

    /**
     * The key and some columns.
     *
     * @param columns of both rows; null for the key alone
     */
    static String ofPart(ReceivedChange event, @Nullable List<Column> columns) {
        return text(json -> json.part(event, columns));
    }

    static String of(ReceivedMessage event) {
        return text(json -> json.message(event));
    }

    static String of(LostContinuity event) {
        return text(json -> json.gap(event));
    }

    static String of(TupleRow row, List<Column> columns) {
        return text(json -> json.row(row, columns));
    }

    /** What all events of a kind have in common that are about this table: their begin. */
    static byte[] head(Table table, Kind kind) {
        EventJson json = printed(it -> {
            it.out.beginObject();
            it.out.name("name").string(table.name());
            it.out.name("type").string(kind.jsonName());
            it.source(table.source(), true);
        });
        return json.out.since(0);
    }

    private static String text(Consumer<EventJson> body) {
        EventJson json = printed(body);
        String text = json.out.end();
        SPARE.set(json);
        return text;
    }

    /** One that fails is given up, with what it has begun. */
    private static EventJson printed(Consumer<EventJson> body) {
        EventJson spare = SPARE.getAndSet(null);
        EventJson json = spare == null ? new EventJson() : spare;
        try {
            body.accept(json);
            return json;
        } catch (ArithmeticException tooLong) {
            throw new OutOfMemoryError("A line of JSON has more bytes than an array of Java");
        }
    }

    private void change(ReceivedChange event) {
        Table table = event.table();
        out.raw(table.jsonHead(event.kind()));
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
        transaction(event.header(), event.kind() == Kind.SCHEMA ? null : event.place());
        contextAndOrigin(event.header());
        out.endObject();
    }

    private void rows(ReceivedRow event, Table table) {
        boolean beforeShown = event.kind() == Kind.DELETE || table.oldRecordInJson();
        rowField(KEY, event.keyed(), table.key());
        rowField(NEW_RECORD, event.afterRow(), table.columns());
        rowField(OLD_RECORD, beforeShown ? event.beforeRow() : null, table.columns());
        changes(event.changes());
        unavailable(event.unavailable());
    }

    private void noRows() {
        for (byte[] absent : List.of(KEY, NEW_RECORD, OLD_RECORD, CHANGES)) {
            out.name(absent).nothing();
        }
        unavailable(List.of());
    }

    private void unavailable(List<String> columns) {
        out.name(UNAVAILABLE).beginArray();
        for (int i = 0; i < columns.size(); i++) {
            out.element().string(columns.get(i));
        }
        out.endArray();
    }

    private void part(ReceivedChange event, @Nullable List<Column> columns) {
        out.beginObject();
        out.name("name").string(event.source().table());
        out.name("type").string(event.kind().jsonName());
        source(event.source(), false);
        rowField(
                KEY,
                event instanceof ReceivedRow row ? row.keyed() : null,
                event.table().key());
        if (columns != null && event instanceof ReceivedRow row) {
            rowField(NEW_RECORD, row.afterRow(), columns);
            rowField(OLD_RECORD, row.beforeRow(), columns);
        }
        transaction(event.header(), event.place());
        out.endObject();
    }

    private void gap(LostContinuity event) {
        tableless(event);
        Gap gap = event.gap();
        out.name("gap").beginObject();
        position("from", gap.from());
        position("to", gap.to());
        out.name("reason").string(gap.reason());
        out.endObject();
        noTransaction();
        out.endObject();
    }

    private void message(ReceivedMessage event) {
        tableless(event);
        LogicalMessage message = event.message();
        String text = message.text();
        out.name("message").beginObject();
        out.name("prefix").string(message.prefix());
        out.name("content");
        if (text == null) {
            out.base64(message.content());
        } else {
            out.string(text);
        }
        out.name("encoding").string(text == null ? "base64" : "utf8");
        out.name("transactional").bool(message.transactional());
        position("lsn", message.lsn());
        out.endObject();
        TransactionHeader header = event.transaction();
        if (header == null) {
            noTransaction();
        } else {
            transaction(header, null);
            contextAndOrigin(header);
        }
        out.endObject();
    }

    private void noTransaction() {
        out.name("timestamp").nothing();
        out.name("transaction").nothing();
    }

    private void tableless(Event event) {
        out.beginObject();
        out.name("name").nothing();
        out.name("type").string(event.kind().jsonName());
        source(event.source(), true);
        noRows();
    }

    private void source(Source source, boolean withColumns) {
        out.name("source").beginObject();
        out.name("name").string(source.name());
        out.name("version").string(source.version());
        out.name("db").string(source.db());
        if (!source.table().isEmpty()) {
            out.name("schema").string(source.schema());
            out.name("table").string(source.table());
        }
        if (!source.table().isEmpty() && withColumns) {
            out.name("columns").beginObject();
            for (Map.Entry<String, String> column : source.columns().entrySet()) {
                out.name(column.getKey()).string(column.getValue());
            }
            out.endObject();
        }
        out.endObject();
    }

    private void rowField(byte[] field, @Nullable TupleRow row, List<Column> columns) {
        out.name(field);
        if (row == null) {
            out.nothing();
        } else {
            row(row, columns);
        }
    }

    private void row(TupleRow row, List<Column> columns) {
        Table table = row.table();
        boolean all = columns == table.columns();
        out.beginObject();
        for (int i = 0; i < columns.size(); i++) {
            int position = all ? i : row.position(columns.get(i).name());
            ColumnState state = row.state(position);
            if (state == ColumnState.VALUE || state == ColumnState.NULL) {
                out.name(table.jsonName(position));
                value(row, position, state);
            }
        }
        out.endObject();
    }

    private void changes(@Nullable Changes changes) {
        out.name(CHANGES);
        if (changes == null) {
            out.nothing();
            return;
        }
        out.beginObject();
        for (Change change : changes.list()) {
            RowChanges.ColumnChange column = (RowChanges.ColumnChange) change;
            int position = column.position();
            out.name(column.after().table().jsonName(position)).beginObject();
            out.name(OLD_VALUE);
            value(column.before(), position, column.before().state(position));
            out.name(NEW_VALUE);
            value(column.after(), position, column.after().state(position));
            out.endObject();
        }
        out.endObject();
    }

    private void value(TupleRow row, int position, ColumnState state) {
        if (state == ColumnState.NULL) {
            out.nothing();
        } else {
            row.read(position, ofText, ofBinary);
        }
    }

    private void truncate(ReceivedTruncate truncate) {
        out.name("truncate").beginObject();
        out.name("cascade").bool(truncate.cascade());
        out.name("restart_identity").bool(truncate.restartIdentity());
        out.endObject();
    }

    private void schema(ReceivedSchema change) {
        out.name("schema").beginObject();
        definition("before", change.before());
        definition("after", change.after());
        out.endObject();
    }

    private void definition(String field, @Nullable TableSchema definition) {
        out.name(field);
        if (definition == null) {
            out.nothing();
            return;
        }
        out.beginObject();
        for (Column column : definition.columns()) {
            out.name(column.name()).string(column.type());
        }
        out.endObject();
    }

    private void transaction(TransactionHeader header, @Nullable Long index) {
        byte[] facts = header.json();
        if (facts == null) {
            int from = out.length();
            facts(header);
            header.keepJson(out.since(from));
        } else {
            out.raw(facts);
        }
        if (index == null) {
            out.nothing();
        } else {
            out.number(index);
        }
        out.endObject();
    }

    /** What all events of a transaction have in common, which follows other fields. */
    private void facts(TransactionHeader header) {
        out.name("timestamp").string(Timestamps.print(header.timestamp()));
        out.name("transaction").beginObject();
        out.name("xid").number(header.xid());
        position("commit_lsn", header.commitLsn());
        position("end_lsn", header.endLsn());
        out.raw(INDEX);
    }

    private void contextAndOrigin(TransactionHeader header) {
        byte[] context = header.contextBytes();
        if (context != null) {
            out.name("context");
            JsonValues.write(out, PgType.JSON, context, 0, context.length);
        }
        if (header.origin() != null) {
            out.name("origin").string(header.origin());
        }
    }

    private void position(String field, @Nullable Position position) {
        out.name(field).string(position == null ? null : position.toString());
    }
}
