package io.walwire.internal.checkpoint;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A transaction that a runner of the application has begun.
 *
 * @param product of the database
 * @param catalog the database's name
 * @param url never shown: it may hold a password
 * @param id PostgreSQL's number of the transaction, by which it can be asked later how that ended; null in other products,
 *     and of a transaction that writes nothing
 */
record Begun(
        String product,
        @Nullable String catalog,
        @Nullable String url,
        @Nullable Long id) {
    /** The first version of PostgreSQL with txid_status. */
    private static final int STATUS_SINCE = 10;

    /** How the server says that a transaction has ended, or has not. */
    enum End {
        COMMITTED,
        ROLLED_BACK,
        OPEN,
        UNKNOWN
    }

    static Begun look(Connection connection, boolean kept) throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        String product = data.getDatabaseProductName();
        if (!product.equals("PostgreSQL") || data.getDatabaseMajorVersion() < STATUS_SINCE) {
            return new Begun(product, connection.getCatalog(), data.getURL(), null);
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.current_database(), "
                        + (kept ? "pg_catalog.txid_current()" : "NULL::pg_catalog.int8"))) {
            row.next();
            return new Begun(product, row.getString(1), data.getURL(), row.getObject(2, Long.class));
        }
    }

    /** Whether another one is certainly of another database. The URL may differ where a server has two addresses. */
    boolean isElsewhere(Begun other) {
        return !product.equals(other.product) || !Objects.equals(catalog, other.catalog);
    }

    /** Asks on any connection of the same server. */
    End end(Connection connection) throws SQLException {
        if (id == null) {
            return End.UNKNOWN;
        }
        try (PreparedStatement query = connection.prepareStatement("SELECT pg_catalog.txid_status(?)")) {
            query.setLong(1, id);
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
