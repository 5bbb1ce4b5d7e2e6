package io.walwire.internal.checkpoint;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which database a connection leads to, as far as the driver knows without asking the server.
 *
 * @param product its product
 * @param catalog its name
 * @param url never shown: it may hold a password
 */
record Database(
        String product, @Nullable String catalog, @Nullable String url) {
    static Database of(Connection connection) throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        return new Database(data.getDatabaseProductName(), connection.getCatalog(), data.getURL());
    }

    /** Whether another one is certainly not the same. The URL may differ where a server has two addresses. */
    boolean differs(Database other) {
        return !product.equals(other.product) || !Objects.equals(catalog, other.catalog);
    }
}
