package io.walwire.internal.engine;

import io.walwire.internal.connection.Preflight;
import io.walwire.internal.connection.publication.PartialIdentity;
import io.walwire.internal.log.Logs;
import io.walwire.internal.source.HandledTables;
import io.walwire.internal.text.TableName;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;

/** Whether handlers compare old values that PostgreSQL does not send. */
final class OldValues {
    private static final Logger LOG = Logs.of(OldValues.class);

    private OldValues() {}

    /** Warns of those of the wanted tables whose old values handlers compare and the server does not send. */
    static void warnOfUnknown(Preflight preflight, HandledTables handled, Predicate<TableName> wanted)
            throws SQLException {
        Set<TableName> read = new LinkedHashSet<>(handled.compared());
        if (handled.comparesAll()) {
            read.addAll(preflight.published());
        }
        read.removeIf(wanted.negate());
        for (PartialIdentity each : preflight.withoutFullIdentity(read)) {
            LOG.warn(
                    "A filter on table {} compares old values, which PostgreSQL does not send for this table. Uncertain updates"
                            + " are delivered. {}",
                    each.table(),
                    each.advice("To filter them"));
        }
    }
}
