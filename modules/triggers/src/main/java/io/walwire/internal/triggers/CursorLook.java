package io.walwire.internal.triggers;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** What another process can find out about the cursors of an application, without reading from them. */
public final class CursorLook {
    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    private final TriggerTables tables;
    private final OutboxNames names;
    private final Database database;

    /**
     * The cursors of an application.
     *
     * @param config with {@code walwire.source=triggers}, and the instance's name and schema
     * @param database that the instance reads
     */
    public CursorLook(WalwireConfig config, Database database) {
        this.tables = TriggerTables.of(config, database);
        this.names = tables.names();
        this.database = database;
    }

    /**
     * What is added to the server's system identifier where the progress of a cursor is kept.
     *
     * @param connection a plain connection to the database
     * @return as an instance that reads adds it
     * @throws SQLException if the server cannot be asked
     */
    public String scope(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                        "SELECT d.oid::pg_catalog.int8 FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()");
                ResultSet row = query.executeQuery()) {
            row.next();
            long oid = row.getLong(1);
            return new TriggerSender(names, () -> oid).slotScope();
        }
    }

    /** Where the cursors are, for messages. */
    public String display() {
        return "application " + names.application() + " in schema " + names.schema() + " of " + database.display();
    }

    /**
     * Whether an instance reads from a cursor now.
     *
     * @param connection a plain connection to the database
     * @param cursor its name
     * @return true if it is locked, which every role sees
     * @throws SQLException if the server cannot be asked
     */
    public boolean isRead(Connection connection, String cursor) throws SQLException {
        return Cursors.holder(connection, names, cursor) != null;
    }

    /**
     * Whether there is a cursor that outlives its instance.
     *
     * @param connection a plain connection to the database
     * @param cursor its name
     * @return false if there is none, or it is temporary
     * @throws SQLException if the table cannot be read
     * @throws WalwireException if there is no such table, it is not safe to read, or the role may not read it
     */
    public boolean isDurable(Connection connection, String cursor) throws SQLException {
        tables.requireObjects(connection);
        try (PreparedStatement query = connection.prepareStatement("SELECT c.durable FROM " + names.cursor()
                + " c WHERE c.name::pg_catalog.text OPERATOR(pg_catalog.=) ?")) {
            query.setString(1, cursor);
            try (ResultSet row = query.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        } catch (SQLException e) {
            if (!INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
                throw e;
            }
            throw new WalwireException(
                    ErrorCode.PRIVILEGE,
                    "The role may not look for cursor \"" + cursor + "\".",
                    "It needs USAGE on schema " + names.quotedSchema() + ", and SELECT on " + names.cursor() + ".",
                    e);
        }
    }
}
