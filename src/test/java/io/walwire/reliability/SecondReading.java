package io.walwire.reliability;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The same log read once more, in peace: through another slot, by SQL, and decoded by code that shares nothing with
 * Walwire's. What it says has happened is what handlers must have been told.
 */
final class SecondReading {
    private static final int CHANGES_AT_ONCE = 20_000;

    private final Map<Integer, String> tables = new HashMap<>();
    private final List<String> changes = new ArrayList<>();
    private @Nullable Long commit;
    private long index;

    private SecondReading() {}

    /** Everything since the slot was created, or last read; the lines of {@link Change}. */
    static List<String> drain(Connection connection, String slot, String publication) throws SQLException {
        SecondReading reading = new SecondReading();
        try (PreparedStatement next = connection.prepareStatement("""
                SELECT data FROM pg_logical_slot_get_binary_changes(?, NULL, ?,
                  'proto_version', '1', 'publication_names', ?, 'messages', 'true')""")) {
            next.setString(1, slot);
            next.setInt(2, CHANGES_AT_ONCE);
            next.setString(3, publication);
            while (reading.read(next)) {
                // until nothing is left
            }
        }
        return reading.changes;
    }

    private boolean read(PreparedStatement next) throws SQLException {
        boolean any = false;
        try (ResultSet rows = next.executeQuery()) {
            while (rows.next()) {
                accept(ByteBuffer.wrap(rows.getBytes(1)));
                any = true;
            }
        }
        return any;
    }

    private void accept(ByteBuffer data) {
        char type = (char) data.get();
        switch (type) {
            case 'B' -> {
                commit = data.getLong();
                index = 0;
            }
            case 'C' -> commit = null;
            case 'R' -> {
                int oid = data.getInt();
                text(data); // its schema
                tables.put(oid, text(data));
            }
            case 'I' -> {
                String table = table(data);
                data.get();
                String[] row = row(data);
                add("insert", table, row[0], after(row));
            }
            case 'U' -> update(data);
            case 'D' -> {
                String table = table(data);
                data.get();
                add("delete", table, row(data)[0], "");
            }
            case 'T' -> {
                int count = data.getInt();
                data.get();
                for (int i = 0; i < count; i++) {
                    add("truncate", table(data), "", "");
                }
            }
            case 'M' -> message(data);
            default -> throw new IllegalStateException("A message of type " + type + " was not expected");
        }
    }

    private void update(ByteBuffer data) {
        String table = table(data);
        String old = null;
        char part = (char) data.get();
        if (part != 'N') {
            old = row(data)[0];
            data.get();
        }
        String[] row = row(data);
        add("update", table, (old == null ? row[0] : old) + ">" + row[0], after(row));
    }

    private void message(ByteBuffer data) {
        boolean transactional = data.get() == 1;
        long lsn = data.getLong();
        String prefix = text(data);
        byte[] content = new byte[data.getInt()];
        data.get(content);
        long position = transactional ? Objects.requireNonNull(commit) : lsn;
        changes.add(Change.message(position, lsn, prefix, content).toString());
    }

    private void add(String kind, String table, String key, String after) {
        String position = Change.hex(Objects.requireNonNull(commit));
        changes.add(new Change(position, index++, kind, table, key, after).toString());
    }

    private String table(ByteBuffer data) {
        return Objects.requireNonNull(tables.get(data.getInt()));
    }

    private static String after(String[] row) {
        return row[1] + "|" + row[2];
    }

    /** The cells, an unsent one as {@code ~}. */
    private static String[] row(ByteBuffer data) {
        String[] cells = new String[data.getShort()];
        for (int i = 0; i < cells.length; i++) {
            cells[i] = switch ((char) data.get()) {
                case 't' -> {
                    byte[] bytes = new byte[data.getInt()];
                    data.get(bytes);
                    yield Change.digest(new String(bytes, StandardCharsets.UTF_8));
                }
                case 'u' -> "~";
                default -> "";
            };
        }
        return cells;
    }

    private static String text(ByteBuffer data) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte b = data.get(); b != 0; b = data.get()) {
            bytes.write(b);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
