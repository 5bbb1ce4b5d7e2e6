package io.walwire.internal.connection.slot;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.SqlIdentifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Finds the transaction that the server cannot decode, by asking it for the changes up to one position after another. The
 * server's error has only the position of a change. To skip a transaction, the position of its commit is needed.
 */
public final class Undecodable {
    private static final Logger LOG = Logs.of(Undecodable.class);

    /** How long is looked at most. */
    static final Duration LONGEST = Duration.ofMinutes(2);

    private static final int MAX_SECONDS_EACH = 60;

    /** Records of the log begin at multiples of this. */
    private static final long ALIGNMENT = 8;

    /** More than the header of a page, and less than that header and the shortest commit record. */
    private static final long BEHIND_HEADER = 48;

    private static final String SLOT = """
            SELECT s.confirmed_flush_lsn::pg_catalog.text,
                   (CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                         ELSE pg_catalog.pg_current_wal_flush_lsn() END)::pg_catalog.text,
                   pg_catalog.current_setting('wal_block_size')::pg_catalog.int8
            FROM pg_catalog.pg_replication_slots s WHERE s.slot_name = ?""";

    private static final String PEEK = """
            SELECT pg_catalog.count(*) FROM pg_catalog.pg_logical_slot_peek_binary_changes(?::pg_catalog.name,
                ?::pg_catalog.pg_lsn, NULL, 'proto_version', '1', 'publication_names', ?, 'binary', ?)""";

    private final Connection connection;
    private final Slot slot;
    private final long deadline = System.nanoTime() + LONGEST.toNanos();

    /**
     * How a slot is read.
     *
     * @param name its name
     * @param publications their raw names
     * @param binary whether values are asked for in binary
     */
    public record Slot(String name, List<String> publications, boolean binary) {
        String publicationNames() {
            return publications.stream().map(SqlIdentifiers::quote).collect(Collectors.joining(","));
        }
    }

    private Undecodable(Connection connection, Slot slot) {
        this.connection = connection;
        this.slot = slot;
    }

    /**
     * The lowest position to which a slot can be advanced so that the first such transaction, and nothing else, is skipped.
     *
     * @param connection a plain connection
     * @param slot that nobody reads at the moment
     * @return null if everything can be decoded as what has committed, or it would take long to find out
     */
    public static @Nullable Lsn skippedAt(Connection connection, Slot slot) {
        try {
            return new Undecodable(connection, slot).find();
        } catch (SQLException e) {
            LOG.info("The transaction that cannot be decoded was not found: {}", ServerErrors.said(e));
            return null;
        }
    }

    private @Nullable Lsn find() throws SQLException {
        long good;
        long bad;
        long block;
        try (PreparedStatement statement = connection.prepareStatement(SLOT)) {
            statement.setString(1, slot.name());
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                good = Lsn.parse(row.getString(1)).value() / ALIGNMENT;
                bad = Lsn.parse(row.getString(2)).value() / ALIGNMENT;
                block = row.getLong(3);
            }
        }
        if (isDecodable(bad)) {
            return null;
        }
        while (bad - good > 1) {
            long middle = good + (bad - good) / 2;
            if (isDecodable(middle)) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        long record = good * ALIGNMENT;
        return new Lsn(record % block == 0 ? record + BEHIND_HEADER : record + ALIGNMENT);
    }

    /** Whether everything can be decoded that committed before a position. */
    private boolean isDecodable(long unit) throws SQLException {
        long left = TimeUnit.NANOSECONDS.toSeconds(deadline - System.nanoTime());
        if (left < 1) {
            throw new SQLException("It takes too long", "57014");
        }
        try (PreparedStatement statement = connection.prepareStatement(PEEK)) {
            statement.setQueryTimeout((int) Math.min(left, MAX_SECONDS_EACH));
            statement.setString(1, slot.name());
            statement.setString(2, new Lsn(unit * ALIGNMENT).toString());
            statement.setString(3, slot.publicationNames());
            statement.setString(4, Boolean.toString(slot.binary()));
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        } catch (SQLException e) {
            if (ServerErrors.heals(e) || !isUsable()) {
                throw e;
            }
            return false;
        }
    }

    private boolean isUsable() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute("SELECT 1");
        }
    }
}
