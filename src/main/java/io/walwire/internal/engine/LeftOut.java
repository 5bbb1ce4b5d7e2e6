package io.walwire.internal.engine;

import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.Preflight;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.connection.server.WalPages;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.replication.ReplicationStream.Warned;
import io.walwire.internal.source.BackgroundQueries;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Changes that the server leaves out because a publication did not exist when they were committed. Since PostgreSQL 18 that is a
 * mere warning, once for all of them; before, it ends the stream.
 */
final class LeftOut {
    private final WalwireConfig.Publication publication;
    private final Database database;
    private final SharedConnection connection;
    private @Nullable Lsn until;
    private @Nullable Gap rest;

    /** Transactions that were set aside at a warning: changes of theirs may be left out, and they commit later. */
    private final Set<Integer> undecided = new HashSet<>();

    LeftOut(WalwireConfig.Publication publication, Database database, SharedConnection connection) {
        this.publication = publication;
        this.database = database;
        this.connection = connection;
    }

    /**
     * Looks for the publications after a warning.
     *
     * @param setAside transactions that are not committed
     * @return false if the instance is to end before there is an answer: then nothing that follows the warning may be handed over or
     *     confirmed, so that the server sends it and warns again
     * @throws io.walwire.error.WalwireException if one does not exist now
     */
    boolean look(Warned warned, Set<Integer> setAside, BackgroundQueries queries)
            throws SQLException, InterruptedException {
        if (warned == Warned.NO) {
            return true;
        }
        // what commits later than this is published: the publications are there now
        Lsn now = queries.ask("looking for the publications", () -> {
            connection.ask(open -> {
                Preflight.requirePublications(open, database, publication);
                return true;
            });
            return WalPages.current(connection);
        });
        if (warned == Warned.OF_CHANGES_LEFT_OUT) {
            until = now;
            undecided.retainAll(setAside);
            undecided.addAll(setAside);
        }
        return now != null;
    }

    /** A transaction comes; if changes of it may be left out, there is a gap before it. */
    void begin(Begin transaction) {
        if (undecided.remove(transaction.xid()) && !isBeyond(transaction.commitLsn())) {
            until = transaction.commitLsn();
        }
    }

    /** Whether there is a gap that ends behind a position. */
    boolean isBeyond(Lsn position) {
        return until != null && position.isBefore(until);
    }

    /**
     * The gap that has been found, once.
     *
     * @param complete up to here everything was handed over
     * @param read everything that was committed before this position has come; the gap must not end behind it
     */
    @Nullable
    Gap due(Lsn complete, Lsn read) {
        Lsn known = until;
        if (known == null) {
            return null;
        }
        until = null;
        if (read.isBefore(complete)) {
            return null; // sent again: the gap was handed over before
        }
        Lsn to = read.isBefore(known) ? read : known;
        rest = to.isBefore(known) ? gap(to, known) : null;
        return gap(complete, to);
    }

    /** The part behind that gap, once. PostgreSQL does not warn again while the publication still does not exist. */
    @Nullable
    Gap rest() {
        Gap found = rest;
        rest = null;
        return found;
    }

    /** Whether one publication may exist, and another not. */
    boolean isOfSeveral() {
        return publication.names().size() > 1;
    }

    private Gap gap(Lsn from, Lsn to) {
        return new Gap(
                from,
                to,
                "a publication of " + String.join(", ", publication.names())
                        + " was dropped and created again: PostgreSQL left out what was committed between");
    }
}
