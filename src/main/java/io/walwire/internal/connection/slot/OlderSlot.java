package io.walwire.internal.connection.slot;

import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;

/**
 * Whether a slot stands before changes that are older than a publication. When a publication was created is not in the catalog, so
 * the server is asked to decode; but only where the publication may be younger, which its row's transaction shows.
 */
public final class OlderSlot {
    private static final Logger LOG = Logs.of(OlderSlot.class);
    private static final int MAX_SECONDS = 5;
    private static final String UNDEFINED_OBJECT = "42704";

    private static final String MAYBE_YOUNGER = """
            SELECT p.pubname FROM pg_catalog.pg_publication p, pg_catalog.pg_replication_slots s
            WHERE s.slot_name = ? AND p.pubname = ANY (?) AND s.catalog_xmin IS NOT NULL
              AND pg_catalog.age(p.xmin) <= pg_catalog.age(s.catalog_xmin)
            ORDER BY 1""";

    /** Many changes are enough to look at, and what one call decodes is kept until it ends. */
    private static final String PEEK = """
            SELECT pg_catalog.count(*) FROM pg_catalog.pg_logical_slot_peek_binary_changes(?::pg_catalog.name, NULL, 10000,
                'proto_version', '1', 'publication_names', ?)""";

    /** What the server does at the changes that are older than a publication. */
    public enum Verdict {
        /** There are none, as far as was looked. */
        NONE,
        /** It cannot decode them, and ends each stream. Before PostgreSQL 18. */
        CANNOT_BE_DECODED,
        /** It leaves them out. Since PostgreSQL 18. */
        ARE_LEFT_OUT
    }

    private OlderSlot() {}

    /**
     * Of the given publications, those that may have been created after the position of a slot.
     *
     * @param connection a plain connection
     * @param slot how it is read
     * @return their raw names; most often none
     * @throws SQLException if the catalog cannot be read
     */
    public static List<String> maybeYounger(Connection connection, Undecodable.Slot slot) throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(MAYBE_YOUNGER)) {
            statement.setString(1, slot.name());
            statement.setArray(
                    2, connection.createArrayOf("text", slot.publications().toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
        }
        return names;
    }

    /**
     * Has the server decode what comes next in a slot that nobody reads; moves nothing.
     *
     * @param connection a plain connection
     * @param slot how it is read
     * @return what becomes of the changes that are older
     */
    public static Verdict look(Connection connection, Undecodable.Slot slot) {
        try (PreparedStatement statement = connection.prepareStatement(PEEK)) {
            statement.setQueryTimeout(MAX_SECONDS);
            statement.setString(1, slot.name());
            statement.setString(2, slot.publicationNames());
            statement.executeQuery().close();
            for (SQLWarning each = statement.getWarnings(); each != null; each = each.getNextWarning()) {
                if (ServerErrors.NOT_IN_PREREQUISITE_STATE.equals(each.getSQLState())) {
                    return Verdict.ARE_LEFT_OUT;
                }
            }
        } catch (SQLException e) {
            if (UNDEFINED_OBJECT.equals(e.getSQLState())) {
                return Verdict.CANNOT_BE_DECODED;
            }
            LOG.debug("What comes next in slot {} could not be looked at", slot.name(), e);
        }
        return Verdict.NONE;
    }
}
