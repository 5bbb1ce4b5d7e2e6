package io.walwire.internal.triggers;

import io.walwire.internal.text.SqlIdentifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** Whether the role of a connection has the rights that making and replacing the objects takes. */
final class InstallRights {
    private static final String CREATE = """
            SELECT n.oid IS NOT NULL,
                   CASE WHEN n.oid IS NULL
                        THEN pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
                        ELSE pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                             AND pg_catalog.has_schema_privilege(n.oid, 'CREATE') END,
                   pg_catalog.current_database(), CURRENT_USER
            FROM (VALUES (1)) one (x) LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = ?""";

    private static final String ROLE =
            "SELECT pg_catalog.pg_has_role(r.oid, 'USAGE') FROM pg_catalog.pg_roles r WHERE r.rolname = ?";

    private InstallRights() {}

    /** The grant without which the role cannot create the schema, or the objects in it. */
    static Optional<String> missingGrant(Connection connection, OutboxNames names) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(CREATE)) {
            query.setString(1, names.schema());
            try (ResultSet row = query.executeQuery()) {
                if (!row.next() || row.getBoolean(2)) {
                    return Optional.empty();
                }
                String what = row.getBoolean(1)
                        ? "USAGE, CREATE ON SCHEMA " + names.quotedSchema()
                        : "CREATE ON DATABASE " + SqlIdentifiers.quote(row.getString(3));
                return Optional.of("GRANT " + what + " TO " + SqlIdentifiers.quote(row.getString(4)) + ";");
            }
        }
    }

    /** Whether the role may do what an owner may. */
    static boolean areThoseOf(String owner, Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(ROLE)) {
            query.setString(1, owner);
            try (ResultSet row = query.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }
}
