package io.walwire.internal.engine;

import io.walwire.internal.connection.Database;
import io.walwire.internal.connection.ServerErrors;
import io.walwire.internal.connection.TableShape;
import io.walwire.internal.connection.TableShapes;
import io.walwire.internal.text.TableName;
import io.walwire.internal.watch.Watches;
import java.sql.SQLException;
import java.util.List;

/** What an instance knows of the tables that somebody watches. */
record KnownTables(Database database, List<String> publications, LiveSubscriptions subscriptions)
        implements Watches.Tables {
    @Override
    public TableShape shape(TableName table) {
        try {
            return new TableShapes(database, publications).read(table);
        } catch (SQLException e) {
            throw ServerErrors.explain(e, "checking a watch", database);
        }
    }

    @Override
    public String howToPublish(TableName table) {
        try {
            return new TableShapes(database, publications).howToPublish(table);
        } catch (SQLException e) {
            throw ServerErrors.explain(e, "checking a watch", database);
        }
    }

    @Override
    public String howToSendOldRows(TableName table) {
        try {
            return new TableShapes(database, publications).howToSendOldRows(table);
        } catch (SQLException e) {
            throw ServerErrors.explain(e, "checking a watch", database);
        }
    }

    @Override
    public boolean isSubscribed(TableName table) {
        return subscriptions.includes(table.schema(), table.table());
    }
}
