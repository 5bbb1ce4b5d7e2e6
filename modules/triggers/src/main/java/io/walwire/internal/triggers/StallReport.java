package io.walwire.internal.triggers;

import io.walwire.event.Lsn;
import io.walwire.internal.text.Printable;
import io.walwire.internal.text.PrintableSql;
import io.walwire.internal.text.SqlLiterals;
import io.walwire.internal.triggers.OutboxRows.Horizon;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What keeps a reader from going on: the oldest transaction that has not ended. It is named when that lasts. */
final class StallReport {
    /** How often it is named again. */
    private static final long AGAIN_NANOS = Duration.ofMinutes(1).toNanos();

    private static final String HOLDER = """
            SELECT a.pid::text AS pid, NULL AS gid, a.usename::text AS role, a.datname::text AS database,
                   a.xact_start::text AS since
            FROM pg_catalog.pg_stat_activity a WHERE a.backend_xid = ?::pg_catalog.xid8::pg_catalog.xid
            UNION ALL
            SELECT NULL, p.gid, p.owner::text, p.database::text, p.prepared::text
            FROM pg_catalog.pg_prepared_xacts p WHERE p.transaction = ?::pg_catalog.xid8::pg_catalog.xid""";

    /** What has been open for so long that it may have been forgotten; nobody prepares a transaction to leave it. */
    static final String LASTING = """
            SELECT a.pid::text AS pid, NULL AS gid, a.usename::text AS role, a.datname::text AS database,
                   a.xact_start::text AS since
            FROM pg_catalog.pg_stat_activity a
            WHERE a.backend_xid IS NOT NULL AND a.xact_start < pg_catalog.clock_timestamp() - interval '5 minutes'
            UNION ALL
            SELECT NULL, p.gid, p.owner::text, p.database::text, p.prepared::text
            FROM pg_catalog.pg_prepared_xacts p WHERE p.prepared < pg_catalog.clock_timestamp() - interval '1 minute'
            ORDER BY since LIMIT 10""";

    private final Connection connection;
    private final long afterNanos;
    private @Nullable Lsn end;
    private long since;
    private long namedAt;
    private boolean named;

    /**
     * A transaction that has not ended.
     *
     * @param what its process or its name
     * @param role whose it is
     * @param database where
     * @param since since when; null if the server does not say it to this role
     * @param sql what ends it
     */
    record Holder(
            String what,
            String role,
            String database,
            @Nullable String since,
            String sql) {
        @Override
        public String toString() {
            return what + " (role " + role + ", database " + database + (since == null ? "" : ", since " + since) + ")";
        }
    }

    /**
     * Reports of a connection.
     *
     * @param after how long nothing moves before that is worth a message
     */
    StallReport(Connection connection, Duration after) {
        this.connection = connection;
        this.afterNanos = after.toNanos();
    }

    /**
     * Takes note of how far the outbox may be read.
     *
     * @return what to log; null if nothing
     */
    @Nullable
    String look(Horizon horizon) throws SQLException {
        long now = System.nanoTime();
        if (!horizon.held() || !horizon.end().equals(end)) {
            boolean over = named;
            end = horizon.held() ? horizon.end() : null;
            since = now;
            named = false;
            return over ? "The transaction that held changes back has ended; they come now" : null;
        }
        if (now - since < afterNanos || (named && now - namedAt < AGAIN_NANOS)) {
            return null;
        }
        Holder holder = holder(connection, horizon.end());
        namedAt = now;
        if (holder == null) {
            return null;
        }
        named = true;
        return "Changes are waiting for " + holder + " to end. If nobody will end it, run in database "
                + holder.database() + ": " + holder.sql();
    }

    /** Whether what {@link #look} returned reports a stall, and not its end. */
    boolean isStalled() {
        return named;
    }

    /** The transaction of an id; null if it has ended. */
    static @Nullable Holder holder(Connection connection, Lsn xid) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(HOLDER)) {
            query.setString(1, Long.toUnsignedString(xid.value()));
            query.setString(2, Long.toUnsignedString(xid.value()));
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? holder(row) : null;
            }
        }
    }

    static Holder holder(ResultSet row) throws SQLException {
        String pid = row.getString("pid");
        String gid = row.getString("gid");
        String quoted = gid == null ? "" : SqlLiterals.quote(gid);
        String sql =
                pid == null ? "ROLLBACK PREPARED " + quoted : "SELECT pg_catalog.pg_terminate_backend(" + pid + ")";
        return new Holder(
                printable(pid == null ? "the prepared transaction " + quoted : "the transaction of PID " + pid),
                printable(row.getString("role")),
                printable(row.getString("database")),
                row.getString("since"),
                PrintableSql.of(sql) + ";");
    }

    /** Names may have line breaks. */
    private static String printable(@Nullable String name) {
        return name == null ? "unknown" : Printable.of(name);
    }
}
