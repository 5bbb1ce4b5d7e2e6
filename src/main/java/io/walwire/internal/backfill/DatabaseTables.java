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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The published tables of a database. Thread-safe. */
public final class DatabaseTables implements ReadableTables {
    private static final String PUBLISHED = "SELECT DISTINCT p.schemaname, p.tablename, c.oid::pg_catalog.int8 FROM "
            + PublishedTables.PLACE + " p JOIN pg_catalog.pg_namespace n ON n.nspname = p.schemaname"
            + " JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename WHERE p.pubname = ANY (?)"
            + " ORDER BY 1, 2";

    private static final String LEAVES = """
            WITH RECURSIVE down (oid, relkind) AS (
              SELECT c.oid, c.relkind
              FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = ? AND c.relname = ?
              UNION ALL
              SELECT c.oid, c.relkind
              FROM down d JOIN pg_catalog.pg_inherits i ON i.inhparent = d.oid JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
              WHERE d.relkind = 'p')
            SELECT d.oid::pg_catalog.int8 FROM down d WHERE d.relkind <> 'p'""";

    private final Database database;
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
        this.database = database;
        this.connection = connection;
        this.publications = List.copyOf(publications);
        this.plans = new TablePlans(database, publications, shapes);
    }

    @Override
    public RowReader reader(long maxBytes, Duration lockPatience) {
        return new ChunkReader(database, publications, maxBytes, lockPatience);
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

    @Override
    public Set<Long> leaves(TableName table) throws SQLException {
        return connection.ask(open -> {
            Set<Long> leaves = new HashSet<>();
            try (PreparedStatement query = open.prepareStatement(LEAVES)) {
                query.setString(1, table.schema());
                query.setString(2, table.table());
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        leaves.add(row.getLong(1));
                    }
                }
            }
            return leaves;
        });
    }
}
