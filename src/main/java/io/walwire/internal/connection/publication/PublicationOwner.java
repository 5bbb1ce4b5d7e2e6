package io.walwire.internal.connection.publication;

import io.walwire.error.Advice;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.connection.catalog.RoleTrust;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.text.SqlIdentifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A publication whose owner this role has no reason to trust. The owner can drop tables from it and change what it publishes at
 * any time: then changes stop without an error. A role needs no right on a table to own a publication of it.
 *
 * @param publication raw name
 * @param owner the role that owns it
 * @param role the role that is connected
 * @param ownsTables whether the owner owns every table in it, so that it could keep their changes back anyway; no publication of
 *     all tables or of schemas is such a list
 */
public record PublicationOwner(String publication, String owner, String role, boolean ownsTables) {
    private static final String FOREIGN = RoleTrust.ROLES + """
            SELECT p.pubname, w.name, CURRENT_USER,
                   NOT p.puballtables%s AND NOT EXISTS (
                               SELECT FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
                               WHERE r.prpubid = p.oid AND NOT pg_catalog.pg_has_role(p.pubowner, c.relowner, 'USAGE'))
            FROM pg_catalog.pg_publication p JOIN owners w ON w.oid = p.pubowner
            WHERE p.pubname = ANY (?) AND w.trust = 'NONE'
            ORDER BY 1""";

    private static final String OF_NO_SCHEMA =
            " AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_namespace s WHERE s.pnpubid = p.oid)";

    /**
     * Of the given publications, those whose owner is not trusted, as {@link RoleTrust} says.
     *
     * @param connection a plain connection
     * @param publications raw names
     * @return each with its owner
     * @throws SQLException if the catalog cannot be read
     */
    public static List<PublicationOwner> foreign(Connection connection, Collection<String> publications)
            throws SQLException {
        List<PublicationOwner> foreign = new ArrayList<>();
        boolean schemas = connection.getMetaData().getDatabaseMajorVersion() >= Publications.SCHEMAS_SINCE;
        String sql = FOREIGN.formatted(schemas ? OF_NO_SCHEMA : "");
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            query.setArray(1, connection.createArrayOf("text", publications.toArray()));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    foreign.add(new PublicationOwner(
                            row.getString(1), row.getString(2), row.getString(3), row.getBoolean(4)));
                }
            }
        }
        return foreign;
    }

    /** Refuses to rely on such a publication. */
    static void requireTrusted(Connection connection, Database database, String publication) throws SQLException {
        for (PublicationOwner each : foreign(connection, List.of(publication))) {
            throw new WalwireException(
                    ErrorCode.PUBLICATION,
                    "Publication " + SqlIdentifiers.quote(publication) + " on " + database.display()
                            + " is not managed: "
                            + each.sentence(),
                    new Advice(
                            "Name another publication in walwire.publication. To read this one as it is, set"
                                    + " walwire.publication.manage=false. If its owner is a mistake, run:",
                            each.sql()));
        }
    }

    /** A sentence for messages: who owns it, and the consequence. */
    public String sentence() {
        return "It belongs to role " + SqlIdentifiers.quote(owner) + ", which is neither a superuser nor a role that "
                + SqlIdentifiers.quote(role)
                + " acts for. Its owner can drop tables from it, and their changes then stop"
                + " without an error.";
    }

    /** Makes it this role's. */
    public String sql() {
        return "ALTER PUBLICATION " + SqlIdentifiers.quote(publication) + " OWNER TO " + SqlIdentifiers.quote(role)
                + ";";
    }
}
