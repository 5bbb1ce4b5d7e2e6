package io.walwire.internal.connection.doctor;

import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What is examined: an instance that runs, or might.
 *
 * @param config how it is configured
 * @param database where
 * @param subscriptions which tables it wants, now
 * @param handled tables that its handlers name
 * @param readForOldValues tables whose old values its filters read
 * @param readsAllOldValues whether a filter reads the old values of every subscribed table
 * @param readsExistingRows whether somebody asks for the existing rows of a table, or may
 * @param ownBackend the server's process that it streams from, 0 if it does not
 */
public record Subject(
        WalwireConfig config,
        Database database,
        List<TablePattern> subscriptions,
        Set<TableName> handled,
        Set<TableName> readForOldValues,
        boolean readsAllOldValues,
        Predicate<TableName> readsExistingRows,
        int ownBackend) {
    public Subject {
        subscriptions = List.copyOf(subscriptions);
        handled = Set.copyOf(handled);
        readForOldValues = Set.copyOf(readForOldValues);
    }

    List<String> publications() {
        return config.publication().names();
    }

    boolean manages() {
        return config.publication().isManaged();
    }

    /** Every table that somebody names. */
    Set<TableName> named() {
        return TablePattern.named(subscriptions, handled);
    }

    boolean isSubscribed(TableName table) {
        return subscriptions.stream().anyMatch(pattern -> pattern.matches(table.schema(), table.table()));
    }
}
