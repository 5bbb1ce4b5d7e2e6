package io.walwire.internal.connection.doctor;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.error.WalwireException;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.publication.PublishedTables;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ExceptionText;
import io.walwire.internal.log.Logs;
import io.walwire.internal.transaction.Subscriptions;
import io.walwire.sink.Sink;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** What the doctor finds about a sink, beside what it finds about the database. */
public final class SinkFindings {
    private static final Logger LOG = Logs.of(SinkFindings.class);

    private static final String SERVER =
            "SELECT s.system_identifier::pg_catalog.text, c.timeline_id FROM pg_catalog.pg_control_system() s,"
                    + " pg_catalog.pg_control_checkpoint() c";

    private static final String PUBLISHED = "SELECT DISTINCT p.schemaname, p.tablename FROM " + PublishedTables.PLACE
            + " p WHERE p.pubname = ANY (?) ORDER BY 1, 2";

    private SinkFindings() {}

    private record Context(String instance, String database, String slot, String systemId, int timeline)
            implements SinkContext {}

    /**
     * The findings about the database, and about the sink if there is one.
     *
     * @param found about the database
     * @param sink null if there is none
     * @param config as it was read
     * @param database the database that is read
     * @param subscriptions the tables that are read
     */
    public static List<Finding> with(
            List<Finding> found,
            @Nullable Sink sink,
            WalwireConfig config,
            Database database,
            Subscriptions subscriptions) {
        if (sink == null) {
            return found;
        }
        List<Finding> all = new ArrayList<>(found);
        all.addAll(of(sink, config, database, subscriptions));
        return all;
    }

    private static List<Finding> of(Sink sink, WalwireConfig config, Database database, Subscriptions subscriptions) {
        String slot = Objects.requireNonNullElse(config.slot().name(), "");
        Context context = new Context(config.name(), database.name(), slot, "", 0);
        List<SinkTable> tables = List.of();
        try (Connection connection = database.open()) {
            tables = tables(connection, config.publication().names(), subscriptions);
            context = asked(connection, context);
        } catch (SQLException e) {
            LOG.debug("The sink is examined without the database", e); // which is a finding of its own
        }
        try {
            List<Finding> found = sink.check(context, tables);
            return found == null ? cannotBeExamined(sink, "check() has returned null.") : found;
        } catch (Exception | LinkageError e) { // a library of the sink may be missing
            return cannotBeExamined(
                    sink, e instanceof WalwireException known ? known.explanation() : ExceptionText.of(e) + ".");
        }
    }

    private static List<Finding> cannotBeExamined(Sink sink, String why) {
        return List.of(new Finding(Severity.ERROR, "It cannot be examined: " + why, "sink " + sink, null));
    }

    private static List<SinkTable> tables(Connection connection, List<String> publications, Subscriptions subscriptions)
            throws SQLException {
        List<SinkTable> tables = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(PublishedTables.in(PUBLISHED, connection))) {
            query.setArray(1, connection.createArrayOf("text", publications.toArray()));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    SinkTable table = new SinkTable(row.getString(1), row.getString(2));
                    if (subscriptions.includes(table.schema(), table.name())) {
                        tables.add(table);
                    }
                }
            }
        }
        return tables;
    }

    private static Context asked(Connection connection, Context known) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(SERVER)) {
            row.next();
            return new Context(known.instance, known.database, known.slot, row.getString(1), row.getInt(2));
        }
    }
}
