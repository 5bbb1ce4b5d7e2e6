package io.walwire.internal.engine;

import io.walwire.internal.connection.catalog.TableShape;
import io.walwire.internal.text.TableName;
import io.walwire.internal.watch.Watches;

/** For an instance whose tables nobody watches. */
record NoTables() implements Watches.Tables {
    @Override
    public TableShape shape(TableName table) {
        throw new AssertionError("Nobody watches " + table);
    }

    @Override
    public boolean isSubscribed(TableName table) {
        return false;
    }
}
