package io.walwire.internal.backfill;

import io.walwire.internal.connection.catalog.Catalog;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.TableFacts;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The tables of a database whose changes a sender sends. Thread-safe. */
public final class DatabaseTables implements ReadableTables {
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

    private final SharedConnection connection;
    private final Sender sender;
    private final TablePlans plans;

    /**
     * The tables of a database.
     *
     * @param database where
     * @param connection the plain connection that all parts of the instance share
     * @param sender what sends their changes
     */
    public DatabaseTables(Database database, SharedConnection connection, Sender sender) {
        this.connection = connection;
        this.sender = sender;
        this.plans = new TablePlans(database, sender);
    }

    @Override
    public RowReader reader(long maxBytes, Duration lockPatience) {
        return new ChunkReader(connection::server, sender, maxBytes, lockPatience);
    }

    @Override
    public List<TablePlan> plans(List<TableRequest> requests, List<String> problems) throws SQLException {
        return plans.of(requests, problems);
    }

    @Override
    public Facts facts() {
        Catalog catalog = new Catalog(connection);
        return (relation, visible) -> {
            TableFacts facts = catalog.describe(relation, visible);
            return facts == null || sender.isLogged() ? facts : facts.ofWholeRows();
        };
    }

    @Override
    public Map<Long, TableName> published() throws SQLException {
        return connection.ask(sender::tables);
    }

    @Override
    public Sender sender() {
        return sender;
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
