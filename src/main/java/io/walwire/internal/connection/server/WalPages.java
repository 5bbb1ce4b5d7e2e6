package io.walwire.internal.connection.server;

import io.walwire.event.Lsn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * How the write-ahead log is divided. Where a record ends with its page, the next one is inserted behind the header of the
 * next page, so that PostgreSQL's own insert position lies above the end of everything that is there.
 *
 * @param block bytes of a page
 * @param segment bytes of a file, whose first page has a longer header
 */
public record WalPages(long block, long segment) {
    private static final int HEADER = 24;
    private static final int FIRST_HEADER = 40;
    private static final int SMALLEST_BLOCK = 1024;

    private static final String QUERY = """
            SELECT pg_catalog.current_setting('wal_block_size')::pg_catalog.int8,
                   pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')),
                   (CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                         ELSE pg_catalog.pg_current_wal_insert_lsn() END)::text""";

    /**
     * Asks a server.
     *
     * @param connection to the server
     * @return its division of the log
     * @throws SQLException if it cannot be asked
     */
    public static WalPages of(SharedConnection connection) throws SQLException {
        return connection.ask(WalPages::of);
    }

    private static WalPages of(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(QUERY)) {
            row.next();
            return new WalPages(row.getLong(1), row.getLong(2));
        }
    }

    /**
     * Where everything ends that a server has written by now, flushed or not; on a standby what it has replayed.
     *
     * @param connection to the server
     * @return the end of the last record, which a reader of the log will reach
     * @throws SQLException if the server cannot be asked
     */
    public static Lsn current(SharedConnection connection) throws SQLException {
        return connection.ask(WalPages::current);
    }

    public static Lsn current(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(QUERY)) {
            row.next();
            return new WalPages(row.getLong(1), row.getLong(2)).endOfRecord(Lsn.parse(row.getString(3)));
        }
    }

    /**
     * Whether a position may lie in a page's header, on whatever server.
     *
     * @param lsn the position
     * @return false if it surely does not
     */
    public static boolean isMaybeHeader(Lsn lsn) {
        long offset = Long.remainderUnsigned(lsn.value(), SMALLEST_BLOCK);
        return offset > 0 && offset <= FIRST_HEADER;
    }

    /**
     * The position without a page's header before it, in which no record can end.
     *
     * @param lsn any position
     * @return the page's beginning where the position lies in its header or right behind it, otherwise the position itself
     */
    public Lsn endOfRecord(Lsn lsn) {
        long offset = Long.remainderUnsigned(lsn.value(), block);
        boolean first = Long.remainderUnsigned(lsn.value(), segment) < block;
        return offset <= (first ? FIRST_HEADER : HEADER) ? new Lsn(lsn.value() - offset) : lsn;
    }
}
