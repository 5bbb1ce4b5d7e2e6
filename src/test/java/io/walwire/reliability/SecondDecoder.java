package io.walwire.reliability;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Decodes what {@code pgoutput} writes, in every version of its protocol, by code that shares nothing with Walwire's. The changes
 * of a transaction that is streamed or prepared come when it is committed.
 */
final class SecondDecoder {
    /** A binary value of a type that is not decoded. */
    static final String UNKNOWN = "?";

    private static final String UNSENT = "~";
    private static final String WITH_XID_IN_CHUNKS = "RYIUDTM";
    private static final int INT8 = 20;
    private static final int INT2 = 21;
    private static final int INT4 = 23;

    /** Those whose binary form is their text: text, varchar, json, name. */
    private static final List<Integer> TEXTS = List.of(25, 1043, 114, 19);

    private final Consumer<Change> changes;
    private final Map<Integer, Undecided> prepared;
    private final Map<Integer, Undecided> streamed = new HashMap<>();
    private final Map<Integer, Described> tables = new HashMap<>();
    private @Nullable Undecided current;
    private boolean inChunk;
    private int xid;
    private long commit;
    private long index;

    /** A table as it was described last. */
    private record Described(String name, String columns, List<Integer> types) {}

    /** A change of a transaction or savepoint that may be rolled back. */
    private record Pending(int xid, Change change) {}

    /** A transaction that is not committed yet. */
    static final class Undecided {
        private final List<Pending> changes = new ArrayList<>();
        private final Map<Integer, Described> tables = new HashMap<>();
    }

    /**
     * A decoder of one stream.
     *
     * @param changes is given each change when its commit position is known
     * @param prepared the prepared transactions, which may be committed in another stream
     */
    SecondDecoder(Consumer<Change> changes, Map<Integer, Undecided> prepared) {
        this.changes = changes;
        this.prepared = prepared;
    }

    /** One message. */
    void accept(ByteBuffer data) {
        char type = (char) data.get();
        if (inChunk && WITH_XID_IN_CHUNKS.indexOf(type) >= 0) {
            xid = data.getInt();
        }
        switch (type) {
            case 'B' -> begin(data.getLong());
            case 'R' -> describe(data);
            case 'I' -> {
                Described table = table(data);
                data.get();
                String[] row = row(data, table);
                add("insert", table, row[0], row);
            }
            case 'U' -> update(data);
            case 'D' -> {
                Described table = table(data);
                data.get();
                add("delete", table, row(data, table)[0], null);
            }
            case 'T' -> {
                int count = data.getInt();
                data.get();
                for (int i = 0; i < count; i++) {
                    add("truncate", table(data), "", null);
                }
            }
            case 'M' -> message(data);
            case 'C', 'Y', 'O' -> {
                // an end, or the name of a type or an origin, which no line holds
            }
            default -> undecided(type, data);
        }
    }

    private void undecided(char type, ByteBuffer data) {
        switch (type) {
            case 'S' -> {
                current = streamed.computeIfAbsent(data.getInt(), first -> new Undecided());
                inChunk = true;
            }
            case 'E' -> {
                current = null;
                inChunk = false;
            }
            case 'A' -> abort(data.getInt(), data.getInt());
            case 'c' -> {
                Undecided ended = streamed.remove(data.getInt());
                data.get();
                commit(ended, data.getLong());
            }
            case 'b' -> current = new Undecided();
            case 'P' -> {
                prepared.put(xidAfter(data, 3), Objects.requireNonNull(current));
                current = null;
            }
            case 'p' -> {
                int prepares = xidAfter(data, 3);
                prepared.put(prepares, Objects.requireNonNullElseGet(streamed.remove(prepares), Undecided::new));
            }
            case 'K' -> {
                long position = data.getLong(data.position() + 1);
                commit(prepared.remove(xidAfter(data, 3)), position);
            }
            case 'r' -> prepared.remove(xidAfter(data, 4));
            default -> throw new IllegalStateException("A message of type " + type + " was not expected");
        }
    }

    /** The transaction behind flags and so many positions and times. */
    private static int xidAfter(ByteBuffer data, int longs) {
        return data.getInt(data.position() + 1 + longs * Long.BYTES);
    }

    private void begin(long position) {
        commit = position;
        index = 0;
    }

    private void abort(int transaction, int part) {
        if (transaction == part) {
            streamed.remove(transaction);
        } else if (streamed.containsKey(transaction)) {
            streamed.get(transaction).changes.removeIf(pending -> pending.xid() == part);
        }
    }

    /** What began in an earlier stream may be unknown here. */
    private void commit(@Nullable Undecided ended, long position) {
        if (ended == null) {
            return;
        }
        begin(position);
        tables.putAll(ended.tables);
        ended.changes.forEach(pending -> emit(pending.change()));
    }

    private void emit(Change change) {
        long place = isMessage(change) ? 0 : index++;
        changes.accept(new Change(
                change.position().isEmpty() ? Change.hex(commit) : change.position(),
                place,
                change.kind(),
                change.table(),
                change.key(),
                change.after(),
                change.columns()));
    }

    private static boolean isMessage(Change change) {
        return change.kind().equals("message");
    }

    private void put(Change change) {
        if (current == null) {
            emit(change);
        } else {
            current.changes.add(new Pending(xid, change));
        }
    }

    private void describe(ByteBuffer data) {
        int oid = data.getInt();
        text(data); // its schema
        String name = text(data);
        data.get(); // its replica identity
        List<String> columns = new ArrayList<>();
        List<Integer> types = new ArrayList<>();
        for (int count = data.getShort(); count > 0; count--) {
            data.get(); // whether it is of the key
            columns.add(text(data));
            types.add(data.getInt());
            data.getInt(); // the type's modifier
        }
        // what is described in a chunk counts for its transaction until that commits, all else from now on
        (inChunk ? Objects.requireNonNull(current).tables : tables)
                .put(oid, new Described(name, Change.named(columns), types));
    }

    /** What is not sent again of the new row is as in the old one, where all of that is sent. */
    private void update(ByteBuffer data) {
        Described table = table(data);
        String[] old = null;
        char part = (char) data.get();
        if (part != 'N') {
            old = row(data, table);
            data.get();
        }
        String[] row = row(data, table);
        for (int i = 0; part == 'O' && i < row.length; i++) {
            row[i] = row[i].equals(UNSENT) ? Objects.requireNonNull(old)[i] : row[i];
        }
        add("update", table, (old == null || old[0].isEmpty() ? row[0] : old[0]) + ">" + row[0], row);
    }

    private void message(ByteBuffer data) {
        boolean transactional = data.get() == 1;
        long lsn = data.getLong();
        String prefix = text(data);
        byte[] content = new byte[data.getInt()];
        data.get(content);
        Change message = Change.message(lsn, lsn, prefix, content);
        if (transactional) {
            put(new Change("", 0, message.kind(), prefix, "", message.after()));
        } else {
            changes.accept(message);
        }
    }

    private void add(String kind, Described table, String key, String @Nullable [] row) {
        String after = row == null ? "" : String.join("|", List.of(row).subList(1, row.length));
        put(new Change("", 0, kind, table.name(), key, after, row == null ? "" : table.columns()));
    }

    private Described table(ByteBuffer data) {
        int oid = data.getInt();
        Described own = inChunk ? Objects.requireNonNull(current).tables.get(oid) : null;
        return own == null ? Objects.requireNonNull(tables.get(oid)) : own;
    }

    /** The cells, an unsent one as {@code ~}. */
    private static String[] row(ByteBuffer data, Described table) {
        String[] cells = new String[data.getShort()];
        for (int i = 0; i < cells.length; i++) {
            char form = (char) data.get();
            cells[i] = switch (form) {
                case 't', 'b' -> {
                    byte[] bytes = new byte[data.getInt()];
                    data.get(bytes);
                    yield form == 't'
                            ? digest(bytes)
                            : binary(bytes, table.types().get(i));
                }
                case 'u' -> UNSENT;
                default -> "";
            };
        }
        return cells;
    }

    private static String binary(byte[] bytes, int type) {
        return switch (type) {
            case INT2 -> String.valueOf(ByteBuffer.wrap(bytes).getShort());
            case INT4 -> String.valueOf(ByteBuffer.wrap(bytes).getInt());
            case INT8 -> String.valueOf(ByteBuffer.wrap(bytes).getLong());
            default -> TEXTS.contains(type) ? digest(bytes) : UNKNOWN;
        };
    }

    private static String digest(byte[] bytes) {
        return Change.digest(new String(bytes, StandardCharsets.UTF_8));
    }

    private static String text(ByteBuffer data) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte b = data.get(); b != 0; b = data.get()) {
            bytes.write(b);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
