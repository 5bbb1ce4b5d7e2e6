package io.walwire.internal.backfill;

import io.walwire.internal.connection.catalog.Catalog;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.TableFacts;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tables of a database whose changes a sender sends. Thread-safe. */
public final class DatabaseTables implements ReadableTables {
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
    public RowReader reader(long maxBytes, Duration lockPatience, Duration patience) {
        return new ChunkReader(connection::server, sender, maxBytes, lockPatience, patience);
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
    public Map<Long, @Nullable String> sending(TableName table) throws SQLException {
        return connection.ask(open -> CatalogSql.sending(open, sender, table));
    }
}
