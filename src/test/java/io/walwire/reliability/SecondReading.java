package io.walwire.reliability;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/**
 * The same log read once more, in peace: through another slot, by SQL, and decoded by {@link SecondDecoder}, which shares
 * nothing with Walwire. What it says has happened is what handlers must have received.
 */
final class SecondReading {
    private static final int CHANGES_AT_ONCE = 20_000;

    private final List<String> changes = new ArrayList<>();
    private final SecondDecoder decoder = new SecondDecoder(change -> changes.add(change.toString()), new HashMap<>());

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
                decoder.accept(ByteBuffer.wrap(rows.getBytes(1)));
                any = true;
            }
        }
        return any;
    }
}
