package io.walwire.internal.connection.slot;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.log.Logs;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * A note on the server that changes are missing from a slot, and that its handlers do not know it yet: whatever ends the
 * instance before they do, the next one reports it to them. It is a physical slot that keeps nothing, whose name says for
 * which slot and from where; the server has no other place that a role may write to that is allowed to stream and nothing
 * else.
 *
 * @param name the note's own
 * @param from the last position that was confirmed before the gap; null if nobody knows
 */
public record GapNote(String name, @Nullable Lsn from) {
    private static final Logger LOG = Logs.of(GapNote.class);

    /** What the names of all notes begin with. */
    static final String PREFIX = "walwire_gap_";

    private static final int MAX_NAME = 63;
    private static final int LSN_DIGITS = 16;
    private static final HexFormat HEX = HexFormat.of();

    private static final String FIND = """
            SELECT s.slot_name FROM pg_catalog.pg_replication_slots s
            WHERE s.slot_type = 'physical' AND s.slot_name LIKE 'walwire\\_gap\\_%' AND pg_catalog.substr(s.slot_name, ?) = ?
            ORDER BY s.slot_name LIMIT 1""";

    /**
     * The note about a slot.
     *
     * @param connection a plain connection
     * @param slot the slot's name
     * @return the note, or empty if there is none
     * @throws SQLException if the catalog cannot be read
     */
    public static Optional<GapNote> find(Connection connection, String slot) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FIND)) {
            statement.setInt(1, PREFIX.length() + LSN_DIGITS + 2);
            statement.setString(2, about(slot));
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(of(row.getString(1))) : Optional.empty();
            }
        }
    }

    private static GapNote of(String name) {
        long from = HexFormat.fromHexDigitsToLong(name, PREFIX.length(), PREFIX.length() + LSN_DIGITS);
        return new GapNote(name, from == 0 ? null : new Lsn(from));
    }

    /**
     * Makes a note, unless there is one: then that gap began earlier. A server that has no room for it does not keep the
     * caller from going on.
     *
     * @param connection a plain connection
     * @param slot the slot's name
     * @param from the last position that was confirmed before the gap; null if nobody knows
     * @throws SQLException if the same attempt may succeed later
     */
    public static void write(Connection connection, String slot, @Nullable Lsn from) throws SQLException {
        try {
            create(connection, slot, from);
        } catch (SQLException e) {
            if (ServerErrors.heals(e)) {
                throw e;
            }
            warn(slot, from, e);
        }
    }

    /**
     * Makes a note, or says that there is none, on a connection of its own.
     *
     * @param database the server
     * @param slot the slot's name
     * @param from as above
     */
    public static void write(Database database, String slot, @Nullable Lsn from) {
        try (Connection own = database.open()) {
            write(own, slot, from);
        } catch (SQLException e) {
            warn(slot, from, e);
        }
    }

    private static void create(Connection connection, String slot, @Nullable Lsn from) throws SQLException {
        if (find(connection, slot).isPresent()) {
            return;
        }
        String name = PREFIX + HEX.toHexDigits(from == null ? 0 : from.value()) + "_" + about(slot);
        try {
            run(connection, "SELECT pg_catalog.pg_create_physical_replication_slot(?)", name);
        } catch (SQLException e) {
            if (!ServerErrors.isTakenMeanwhile(e)) { // by an instance that noted the same gap
                throw e;
            }
        }
    }

    /**
     * Says that there is no note.
     *
     * @param slot the slot's name
     * @param from as in the note
     * @param e why it cannot be written
     */
    public static void warn(String slot, @Nullable Lsn from, SQLException e) {
        LOG.warn(
                "That changes after {} are missing from replication slot \"{}\" cannot be noted on the server{}. If this"
                        + " process ends before its handlers know of the gap, this log is the only place that names it: {}",
                from == null ? "a position that nobody knows" : from,
                slot,
                ServerErrors.heals(e) ? "" : ", which takes a free slot (max_replication_slots)",
                ServerErrors.said(e));
    }

    /**
     * As {@link #write(Connection, String, Lsn)}, of a running instance.
     *
     * @param shared its connection
     * @param slot the slot's name
     * @param from the last position that was confirmed before the gap; null if nobody knows
     * @throws SQLException if the same attempt may succeed later
     */
    public static void write(SharedConnection shared, String slot, @Nullable Lsn from) throws SQLException {
        try {
            shared.ask(connection -> {
                create(connection, slot, from);
                return true;
            });
        } catch (SQLException e) {
            if (ServerErrors.healsBesideAStream(e)) {
                throw e;
            }
            warn(slot, from, e);
        }
    }

    /**
     * Removes the note, if there is one. One that stays is reported again.
     *
     * @param shared the instance's connection
     * @param slot the slot's name
     * @param unneeded whether handlers know of every gap; asked again when the note is removed, which is then written again if
     *     another gap was found meanwhile
     */
    public static void erase(SharedConnection shared, String slot, BooleanSupplier unneeded) {
        try {
            shared.ask(connection -> {
                Optional<GapNote> note = find(connection, slot);
                if (note.isPresent() && unneeded.getAsBoolean()) {
                    erase(connection, slot);
                    if (!unneeded.getAsBoolean()) {
                        create(connection, slot, note.get().from());
                    }
                }
                return true;
            });
        } catch (SQLException e) {
            LOG.warn(
                    "The note of a gap could not be removed from the server, so handlers get the gap again at the next"
                            + " start: {}",
                    ServerErrors.said(e));
        }
    }

    /**
     * Makes a note before a slot is dropped. What keeps the note from being made does not keep the slot, which may hold the disk.
     *
     * @param connection a plain connection
     * @param slot the slot's name
     * @throws SQLException if the catalog cannot be read
     */
    static void writeOfDropped(Connection connection, String slot) throws SQLException {
        Optional<SlotState> found = SlotState.find(connection, slot);
        if (found.isPresent()) {
            Lsn from = found.get().confirmed();
            try {
                create(connection, slot, from);
            } catch (SQLException e) {
                warn(slot, from, e);
            }
        }
    }

    /**
     * Takes the note away, if there is one.
     *
     * @param connection a plain connection
     * @param slot the slot's name
     * @throws SQLException if the server refuses
     */
    public static void erase(Connection connection, String slot) throws SQLException {
        for (Optional<GapNote> note = find(connection, slot); note.isPresent(); note = find(connection, slot)) {
            run(
                    connection,
                    "SELECT pg_catalog.pg_drop_replication_slot(?)",
                    note.get().name());
        }
    }

    private static void run(Connection connection, String sql, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, name);
            statement.execute();
        }
    }

    /** The slot's name, as much of it as fits, and then a suffix that makes it unique. */
    private static String about(String slot) {
        int room = MAX_NAME - PREFIX.length() - LSN_DIGITS - 1;
        if (slot.length() <= room) {
            return slot;
        }
        CRC32 crc = new CRC32();
        crc.update(slot.getBytes(StandardCharsets.UTF_8));
        String code = HEX.toHexDigits(crc.getValue(), 8);
        return slot.substring(0, room - code.length() - 1) + "_" + code;
    }
}
