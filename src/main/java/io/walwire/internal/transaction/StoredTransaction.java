package io.walwire.internal.transaction;

import io.walwire.event.Column;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.Source;
import io.walwire.event.Transaction;
import io.walwire.internal.codec.BinaryForm;
import io.walwire.internal.codec.JsonValues;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.pgoutput.PgOutputMessage.OldRow;
import io.walwire.internal.pgoutput.TupleData;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A part as bytes that outlive the process: its tables, and its rows as PostgreSQL sent them. */
public final class StoredTransaction {
    /** "WWT" and the format's version, 4: the first that has the reading of rows that were read. */
    private static final int FORMAT = 0x57575404;

    /** The version before. It is read, and no longer written. */
    private static final int FORMAT_WITHOUT_READING = 0x57575403;

    /** The version before that, whose messages are UTF-8. It is read, and no longer written. */
    private static final int FORMAT_WITHOUT_ENCODING = 0x57575402;

    private static final int NO_TABLE = -1;

    /** In the byte of flags: the end is known. */
    private static final int ENDED = 1;

    /** In the byte of flags: positions are not those of PostgreSQL's log. */
    private static final int UNLOGGED = 2;

    /** An array of a domain over an array of a domain, and so on: more than anybody has. */
    private static final int MAX_NESTED_TYPES = 64;

    private StoredTransaction() {}

    static byte[] write(TransactionPart part) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(FORMAT);
            header(out, part);
            Map<Table, Integer> tables = new LinkedHashMap<>();
            for (Event event : part.events()) {
                if (event instanceof ReceivedChange change) {
                    tables.putIfAbsent(change.table(), tables.size());
                }
            }
            out.writeInt(tables.size());
            for (Table table : tables.keySet()) {
                table(out, table);
            }
            out.writeInt(part.events().size());
            for (Event event : part.events()) {
                if (event instanceof ReceivedChange change) {
                    out.writeInt(tables.getOrDefault(change.table(), NO_TABLE));
                    event(out, change);
                } else if (event instanceof ReceivedMessage message) {
                    out.writeInt(NO_TABLE);
                    message(out, message);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("An array of bytes does not fail", e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @param stored the bytes
     * @return an equal part
     * @throws IllegalArgumentException if the bytes are not a stored transaction of a known format
     */
    public static Transaction read(byte[] stored) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(stored))) {
            int format = in.readInt();
            if (format < FORMAT_WITHOUT_ENCODING || format > FORMAT) {
                throw new IllegalArgumentException("it is of a format that this version of Walwire does not know");
            }
            TransactionPart part = part(in, stored.length, format);
            if (in.read() >= 0) {
                throw new IllegalArgumentException("it is longer than what it holds");
            }
            return part;
        } catch (IOException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "Not a stored transaction, or one that was cut short or altered: " + e.getMessage(), e);
        }
    }

    private static TransactionPart part(DataInputStream in, int bytes, int format) throws IOException {
        int part = in.readInt();
        boolean last = in.readBoolean();
        TransactionHeader header = header(in);
        List<Table> tables = new ArrayList<>();
        for (int i = count(in); i > 0; i--) {
            tables.add(table(in));
        }
        List<Event> events = new ArrayList<>();
        for (int i = count(in); i > 0; i--) {
            int table = in.readInt();
            events.add(table == NO_TABLE ? message(in, header, format) : event(in, header, tables.get(table), format));
        }
        return new TransactionPart(header, part, last, Collections.unmodifiableList(events), bytes);
    }

    /** How often to read what follows; never how much to allocate. */
    static int count(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0) {
            throw new IllegalArgumentException("it counts below zero");
        }
        return count;
    }

    private static void header(DataOutputStream out, TransactionPart part) throws IOException {
        TransactionHeader header = part.header();
        out.writeInt(part.part());
        out.writeBoolean(part.isLast());
        out.writeInt((int) header.xid());
        out.writeLong(header.place().value());
        Lsn end = header.end();
        out.writeByte((end != null ? ENDED : 0) | (header.isLogged() ? 0 : UNLOGGED));
        out.writeLong(end == null ? 0 : end.value());
        out.writeLong(ChronoUnit.MICROS.between(Instant.EPOCH, header.timestamp()));
        optional(out, header.origin());
        byte[] context = header.contextBytes();
        out.writeBoolean(context != null);
        if (context != null) {
            bytes(out, context);
        }
    }

    private static TransactionHeader header(DataInputStream in) throws IOException {
        int xid = in.readInt();
        Lsn commit = new Lsn(in.readLong());
        int flags = in.readByte();
        Lsn end = new Lsn(in.readLong());
        Instant timestamp = Instant.EPOCH.plus(in.readLong(), ChronoUnit.MICROS);
        TransactionHeader header = new TransactionHeader(
                xid, commit, timestamp, (flags & UNLOGGED) == 0 ? PositionKind.LOG : PositionKind.TRANSACTION_ID);
        header.endsAt((flags & ENDED) != 0 ? end : null);
        header.comesFrom(optional(in));
        header.hasContext(in.readBoolean() ? in.readNBytes(in.readInt()) : null);
        byte[] context = header.contextBytes();
        if (context != null && !JsonValues.isReadable(context, 0, context.length)) {
            throw new IllegalArgumentException("its context is not JSON");
        }
        return header;
    }

    private static void table(DataOutputStream out, Table table) throws IOException {
        Source source = table.source();
        out.writeLong(table.oid());
        for (String text : List.of(source.version(), source.db(), source.schema(), source.table())) {
            text(out, text);
        }
        text(out, table.replicaIdentity().name());
        out.writeBoolean(table.oldRecordInJson());
        out.writeBoolean(table.partitionsDiffer());
        out.writeInt(table.columns().size());
        for (int i = 0; i < table.columns().size(); i++) {
            Column column = table.columns().get(i);
            text(out, column.name());
            out.writeInt(column.typeModifier());
            out.writeBoolean(column.identity());
            out.writeBoolean(table.key().contains(column));
            type(out, table.types().get(i));
        }
    }

    private static Table table(DataInputStream in) throws IOException {
        long oid = in.readLong();
        String version = text(in);
        String db = text(in);
        String schema = text(in);
        String name = text(in);
        ReplicaIdentity identity = ReplicaIdentity.valueOf(text(in));
        boolean oldRecordInJson = in.readBoolean();
        boolean partitionsDiffer = in.readBoolean();
        List<Column> columns = new ArrayList<>();
        List<Column> key = new ArrayList<>();
        List<PgType> types = new ArrayList<>();
        Map<String, String> typeNames = new LinkedHashMap<>();
        for (int i = count(in); i > 0; i--) {
            String columnName = text(in);
            int modifier = in.readInt();
            boolean inIdentity = in.readBoolean();
            boolean inKey = in.readBoolean();
            PgType type = type(in, 0);
            Column column = new Column(columnName, type.name(), type.oid(), modifier, inIdentity);
            columns.add(column);
            types.add(type);
            typeNames.put(columnName, type.name());
            if (inKey) {
                key.add(column);
            }
        }
        Source source = new Source("Walwire", version, db, schema, name, Collections.unmodifiableMap(typeNames));
        return new Table(
                oid,
                source,
                identity,
                List.copyOf(columns),
                List.copyOf(types),
                List.copyOf(key),
                oldRecordInJson,
                partitionsDiffer);
    }

    private static void type(DataOutputStream out, PgType type) throws IOException {
        out.writeLong(type.oid());
        text(out, type.name());
        text(out, type.kind().name());
        out.writeChar(type.delimiter());
        out.writeBoolean(type.element() != null);
        if (type.element() != null) {
            type(out, type.element());
        }
        text(out, type.form().name());
        out.writeInt(type.parts().size());
        for (PgType part : type.parts()) {
            type(out, part);
        }
    }

    private static PgType type(DataInputStream in, int depth) throws IOException {
        if (depth > MAX_NESTED_TYPES) {
            throw new IllegalArgumentException("its types are nested without end");
        }
        long oid = in.readLong();
        String name = text(in);
        TypeKind kind = TypeKind.valueOf(text(in));
        char delimiter = in.readChar();
        PgType element = in.readBoolean() ? type(in, depth + 1) : null;
        BinaryForm form = BinaryForm.valueOf(text(in));
        List<PgType> parts = new ArrayList<>();
        for (int i = count(in); i > 0; i--) {
            parts.add(type(in, depth + 1));
        }
        return new PgType(oid, name, kind, element, delimiter, form, parts);
    }

    private static void event(DataOutputStream out, ReceivedChange event) throws IOException {
        text(out, event.kind().name());
        out.writeLong(event.place());
        if (event instanceof ReceivedSchema schema) {
            StoredSchema.write(out, schema.before());
            return;
        }
        ReceivedRow row = event instanceof ReceivedRow of ? of : null;
        text(out, (row == null ? OldRow.ABSENT : row.oldKind()).name());
        tuple(out, row == null ? null : row.oldTuple());
        tuple(out, row == null ? null : row.newTuple());
        out.writeBoolean(event instanceof ReceivedTruncate truncate && truncate.cascade());
        out.writeBoolean(event instanceof ReceivedTruncate truncate && truncate.restartIdentity());
        if (event instanceof ReceivedRead read) {
            by(out, read.by());
        } else if (event instanceof ReceivedBackfilled backfilled) {
            by(out, backfilled.by());
        }
    }

    private static void by(DataOutputStream out, ReadBy by) throws IOException {
        text(out, by.run());
        text(out, by.reading());
    }

    private static ReadBy by(DataInputStream in, int format) throws IOException {
        return new ReadBy(text(in), format > FORMAT_WITHOUT_READING ? text(in) : "", null);
    }

    private static Event event(DataInputStream in, TransactionHeader header, Table table, int format)
            throws IOException {
        Kind kind = Kind.valueOf(text(in));
        long index = in.readLong();
        if (kind == Kind.SCHEMA) {
            return new ReceivedSchema(header, table, StoredSchema.read(in), index);
        }
        OldRow oldKind = OldRow.valueOf(text(in));
        TupleData before = tuple(in, table);
        TupleData after = tuple(in, table);
        boolean cascade = in.readBoolean();
        boolean restartIdentity = in.readBoolean();
        boolean fits = (before == null) == (oldKind == OldRow.ABSENT)
                && switch (kind) {
                    case INSERT, READ -> before == null && after != null;
                    case UPDATE -> after != null;
                    case DELETE -> before != null && after == null;
                    case TRUNCATE, BACKFILLED -> before == null && after == null;
                    case MESSAGE, SCHEMA, GAP -> false;
                };
        if (!fits) {
            throw new IllegalArgumentException("an event of kind " + kind + " has other rows than that kind has");
        }
        if (kind == Kind.READ && after != null) {
            return new ReceivedRead(header, table, index, after, by(in, format));
        }
        if (kind == Kind.BACKFILLED) {
            return new ReceivedBackfilled(header, table, by(in, format));
        }
        return kind == Kind.TRUNCATE
                ? new ReceivedTruncate(header, table, index, cascade, restartIdentity)
                : new ReceivedRow(header, table, kind, index, oldKind, before, after);
    }

    private static void message(DataOutputStream out, ReceivedMessage event) throws IOException {
        text(out, event.source().version());
        text(out, event.source().db());
        LogicalMessage message = event.message();
        text(out, message.prefix());
        bytes(out, message.content());
        out.writeLong(message.lsn().value());
        text(out, message.encoding().name());
    }

    private static ReceivedMessage message(DataInputStream in, TransactionHeader header, int format)
            throws IOException {
        String version = text(in);
        String db = text(in);
        LogicalMessage message = new LogicalMessage(
                text(in),
                in.readNBytes(in.readInt()),
                true,
                new Lsn(in.readLong()),
                format > FORMAT_WITHOUT_ENCODING ? Charset.forName(text(in)) : StandardCharsets.UTF_8);
        return new ReceivedMessage(version, db, message, header);
    }

    private static void tuple(DataOutputStream out, @Nullable TupleData tuple) throws IOException {
        out.writeInt(tuple == null ? -1 : tuple.columns());
        if (tuple != null) {
            int length = tuple.end() - tuple.offset();
            out.writeInt(length);
            out.write(tuple.bytes(), tuple.offset(), length);
        }
    }

    private static @Nullable TupleData tuple(DataInputStream in, Table table) throws IOException {
        int columns = in.readInt();
        if (columns == -1) {
            return null;
        }
        TupleData tuple = new TupleData(in.readNBytes(in.readInt()), 0, columns);
        if (columns != table.columns().size() || !tuple.fillsItsBytes()) {
            throw new IllegalArgumentException("a row does not fit its table " + table.qualifiedName());
        }
        return tuple;
    }

    static void text(DataOutputStream out, String text) throws IOException {
        bytes(out, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void bytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    static String text(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }

    private static void optional(DataOutputStream out, @Nullable String text) throws IOException {
        out.writeBoolean(text != null);
        if (text != null) {
            text(out, text);
        }
    }

    private static @Nullable String optional(DataInputStream in) throws IOException {
        return in.readBoolean() ? text(in) : null;
    }
}
