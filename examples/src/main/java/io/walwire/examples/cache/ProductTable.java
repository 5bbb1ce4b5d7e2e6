package io.walwire.examples.cache;

import io.walwire.event.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import javax.sql.DataSource;

/** Reads and writes the table {@code product}. */
public final class ProductTable {
    private final DataSource source;

    /**
     * Does not connect yet.
     *
     * @param source where connections come from
     */
    public ProductTable(DataSource source) {
        this.source = source;
    }

    /**
     * Reads a row.
     *
     * @param id its key
     * @return the row; empty if there is none
     * @throws SQLException if the database fails
     */
    public Optional<Product> find(long id) throws SQLException {
        try (Connection connection = source.getConnection();
                PreparedStatement select =
                        connection.prepareStatement("SELECT name, cents FROM product WHERE id = ?")) {
            select.setLong(1, id);
            try (ResultSet row = select.executeQuery()) {
                return row.next()
                        ? Optional.of(new Product(id, row.getString("name"), row.getLong("cents")))
                        : Optional.empty();
            }
        }
    }

    /**
     * Changes a price, and commits.
     *
     * @param id the product
     * @param cents the new price
     * @return a position of the server's log behind the commit
     * @throws SQLException if the database fails
     */
    public Lsn setPrice(long id, long cents) throws SQLException {
        try (Connection connection = source.getConnection();
                PreparedStatement update = connection.prepareStatement("UPDATE product SET cents = ? WHERE id = ?")) {
            update.setLong(1, cents);
            update.setLong(2, id);
            update.executeUpdate();
            return position(connection); // auto-commit: the update is committed, so the position is behind it
        }
    }

    private static Lsn position(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_current_wal_insert_lsn()::text")) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }
}
