package io.walwire.reliability;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
    private static final String UNSENT = "~";

    private final Map<Integer, Described> tables = new HashMap<>();
    private final List<String> changes = new ArrayList<>();
    private @Nullable Long commit;
    private long index;

    /** A table as it was described last. */
    private record Described(String name, String columns) {}

    private SecondReading() {}

    /** Everything since the slot was created, or last read; the lines of {@link Change}. */
    static List<String> drain(Connection connection, String slot, String publication) throws SQLException {
        SecondReading reading = new SecondReading();
        try (Statement settings = connection.createStatement()) {
            settings.execute("SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres';"
                    + " SET bytea_output = 'hex'; SET extra_float_digits = 3");
        }
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
            case 'R' -> describe(data);
            case 'I' -> {
                Described table = table(data);
                data.get();
                String[] row = row(data);
                add("insert", table, row[0], row);
            }
            case 'U' -> update(data);
            case 'D' -> {
                Described table = table(data);
                data.get();
                add("delete", table, row(data)[0], null);
            }
            case 'T' -> {
                int count = data.getInt();
                data.get();
                for (int i = 0; i < count; i++) {
                    add("truncate", table(data), "", null);
                }
            }
            case 'M' -> message(data);
            case 'Y' -> {
                // the name of a type, which no line holds
            }
            default -> throw new IllegalStateException("A message of type " + type + " was not expected");
        }
    }

    private void describe(ByteBuffer data) {
        int oid = data.getInt();
        text(data); // its schema
        String name = text(data);
        data.get(); // its replica identity
        List<String> columns = new ArrayList<>();
        for (int count = data.getShort(); count > 0; count--) {
            data.get(); // whether it is of the key
            columns.add(text(data));
            data.getInt(); // its type
            data.getInt(); // and the type's modifier
        }
        tables.put(oid, new Described(name, Change.named(columns)));
    }

    /** What is not sent again of the new row is as in the old one, where all of that is sent. */
    private void update(ByteBuffer data) {
        Described table = table(data);
        String[] old = null;
        char part = (char) data.get();
        if (part != 'N') {
            old = row(data);
            data.get();
        }
        String[] row = row(data);
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
        long position = transactional ? Objects.requireNonNull(commit) : lsn;
        changes.add(Change.message(position, lsn, prefix, content).toString());
    }

    private void add(String kind, Described table, String key, String @Nullable [] row) {
        String position = Change.hex(Objects.requireNonNull(commit));
        String after = row == null ? "" : String.join("|", List.of(row).subList(1, row.length));
        String columns = row == null ? "" : table.columns();
        changes.add(new Change(position, index++, kind, table.name(), key, after, columns).toString());
    }

    private Described table(ByteBuffer data) {
        return Objects.requireNonNull(tables.get(data.getInt()));
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
                case 'u' -> UNSENT;
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
