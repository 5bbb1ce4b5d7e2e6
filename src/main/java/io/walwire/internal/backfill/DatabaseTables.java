package io.walwire.internal.backfill;

import io.walwire.internal.connection.catalog.Catalog;
import io.walwire.internal.connection.publication.PublishedTables;
import io.walwire.internal.connection.publication.TableShapes;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.text.TableName;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The published tables of a database. Thread-safe. */
public final class DatabaseTables implements ReadableTables {
    private static final String PUBLISHED = "SELECT DISTINCT p.schemaname, p.tablename, c.oid::pg_catalog.int8 FROM "
            + PublishedTables.PLACE + " p JOIN pg_catalog.pg_namespace n ON n.nspname = p.schemaname"
            + " JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename WHERE p.pubname = ANY (?)"
            + " ORDER BY 1, 2";

    private final SharedConnection connection;
    private final List<String> publications;
    private final TablePlans plans;

    /**
     * The tables of a database.
     *
     * @param database where
     * @param connection the plain connection that all parts of the instance share
     * @param publications the publications that the stream reads, at least one
     * @param shapes for how a table is published
     */
    public DatabaseTables(
            Database database, SharedConnection connection, List<String> publications, TableShapes shapes) {
        this.connection = connection;
        this.publications = List.copyOf(publications);
        this.plans = new TablePlans(database, publications, shapes);
    }

    @Override
    public RowReader reader(long maxBytes, Duration lockPatience) {
        return new ChunkReader(connection::server, publications, maxBytes, lockPatience);
    }

    @Override
    public List<TablePlan> plans(List<TableRequest> requests, List<String> problems) throws SQLException {
        return plans.of(requests, problems);
    }

    @Override
    public Facts facts() {
        return new Catalog(connection)::describe;
    }

    @Override
    public Map<Long, TableName> published() throws SQLException {
        return connection.ask(open -> {
            Map<Long, TableName> tables = new LinkedHashMap<>();
            try (PreparedStatement query = open.prepareStatement(PublishedTables.in(PUBLISHED, open))) {
                query.setArray(1, open.createArrayOf("text", publications.toArray()));
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        tables.put(row.getLong(3), new TableName(row.getString(1), row.getString(2)));
                    }
                }
            }
            return tables;
        });
    }
}
