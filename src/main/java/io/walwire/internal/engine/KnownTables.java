package io.walwire.internal.engine;

import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.catalog.TableShape;
import io.walwire.internal.connection.publication.TableShapes;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.source.WantedTables;
import io.walwire.internal.text.TableName;
import io.walwire.internal.watch.Watches;
import java.sql.SQLException;

/** What an instance knows of the tables that somebody watches. */
record KnownTables(Database database, WalwireConfig.Publication publication, WantedTables wanted)
        implements Watches.Tables {
    /** A question to the catalog. */
    @FunctionalInterface
    private interface Question<T> {
        T to(TableShapes shapes) throws SQLException;
    }

    private <T> T ask(Question<T> question) {
        try {
            return question.to(new TableShapes(database, publication));
        } catch (SQLException e) {
            throw ServerErrors.explain(e, "checking a watch", database);
        }
    }

    @Override
    public TableShape shape(TableName table) {
        return ask(shapes -> shapes.read(table));
    }

    @Override
    public String howToPublish(TableName table) {
        return ask(shapes -> shapes.howToPublish(table));
    }

    @Override
    public String howToSendOldRows(TableName table) {
        return ask(shapes -> shapes.howToSendOldRows(table));
    }

    @Override
    public boolean isSubscribed(TableName table) {
        return wanted.isSubscribed(table);
    }
}
