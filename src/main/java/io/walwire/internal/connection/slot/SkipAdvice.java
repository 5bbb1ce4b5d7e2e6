package io.walwire.internal.connection.slot;

import io.walwire.error.Advice;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.SqlLiterals;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;

/** What to do about a change in a durable slot that the server cannot decode, now or ever. */
public final class SkipAdvice {
    private static final Logger LOG = Logs.of(SkipAdvice.class);

    /** SQLSTATEs of errors, such as missing rights, that skipping a transaction does not solve. */
    private static final Set<String> OTHERWISE_CURED = Set.of("28", "42501", "55000", "0A000");

    private SkipAdvice() {}

    /**
     * Adds how to skip the transaction, and no more than it.
     *
     * @param said why the stream ended
     * @param connection the instance's
     * @param read the slot
     * @param publications their names
     * @param binary whether values were asked for in binary
     * @return the same with the SQL, where it is a matter of what the slot holds
     */
    public static WalwireException add(
            WalwireException said,
            SharedConnection connection,
            WalwireConfig.Slot read,
            List<String> publications,
            boolean binary) {
        SQLException sql = ServerErrors.sqlCause(said);
        String slot = read.durable() ? read.name() : null;
        if (slot == null
                || sql == null
                || sql.getSQLState() == null
                || ServerErrors.heals(sql)
                || OTHERWISE_CURED.stream().anyMatch(sql.getSQLState()::startsWith)) {
            return said;
        }
        LOG.info(
                "The stream has ended with \"{}\". Walwire looks for at most {} s for the transaction that cannot be decoded.",
                ServerErrors.said(sql),
                Undecodable.LONGEST.toSeconds());
        try {
            Undecodable.Slot undecodable = new Undecodable.Slot(slot, publications, binary);
            return connection
                    .ask(open -> Optional.ofNullable(Undecodable.skippedAt(open, undecodable)))
                    .map(to -> ServerErrors.withAdvice(said, skip(slot, to)))
                    .orElse(said);
        } catch (SQLException e) {
            LOG.info("The transaction that cannot be decoded was not looked for: {}", ServerErrors.said(e));
            return said;
        }
    }

    private static Advice skip(String slot, Lsn to) {
        return new Advice(
                "If a later transaction fails too, the next error names the next position. To go on behind the transaction that"
                        + " holds that change, which skips it and nothing else:",
                "SELECT pg_catalog.pg_replication_slot_advance(" + SqlLiterals.quote(slot) + ", '" + to + "');");
    }
}
