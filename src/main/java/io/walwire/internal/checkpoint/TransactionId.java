package io.walwire.internal.checkpoint;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** PostgreSQL's number of a transaction, by which it can be asked later how that ended. */
record TransactionId(long value) {
    /** The first version of PostgreSQL with txid_status. */
    static final int SINCE = 10;

    /** How the server says that a transaction has ended, or has not. */
    enum End {
        COMMITTED,
        ROLLED_BACK,
        OPEN,
        UNKNOWN
    }

    static boolean isKnown(DatabaseMetaData product) throws SQLException {
        return product.getDatabaseProductName().equals("PostgreSQL") && product.getDatabaseMajorVersion() >= SINCE;
    }

    /** Asks on any connection of the same server. */
    End end(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT pg_catalog.txid_status(?)")) {
            query.setLong(1, value);
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return of(row.getString(1));
            }
        }
    }

    private static End of(@Nullable String status) {
        return switch (status == null ? "" : status) {
            case "committed" -> End.COMMITTED;
            case "aborted" -> End.ROLLED_BACK;
            case "in progress" -> End.OPEN;
            default -> End.UNKNOWN;
        };
    }
}
