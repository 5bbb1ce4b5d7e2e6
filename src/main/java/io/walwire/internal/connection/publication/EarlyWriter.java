package io.walwire.internal.connection.publication;

import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.connection.server.TransactionAge;
import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.SqlLiterals;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An open transaction that wrote to a table before the table was published. PostgreSQL sends what it writes later, and not
 * what it wrote before: pgoutput looks the publication up as it was at each row.
 *
 * @param xid its number, which stays the same when it is prepared
 * @param table the table, as it is published
 * @param who for messages; without any text of a query
 */
public record EarlyWriter(long xid, TableName table, String who) {
    private static final int SCHEMAS = 15;
    private static final int MAX_NAMED = 5;

    /** A writer to a partition holds a lock on the partition, and may hold none on its root. */
    private static final String FIND =
            """
            WITH lock AS MATERIALIZED (
              SELECT l.locktype, l.relation, l.database, l.virtualtransaction, l.pid, l.transactionid, l.mode
              FROM pg_catalog.pg_locks l WHERE l.granted AND l.locktype IN ('relation', 'transactionid')),
            written AS (
              SELECT DISTINCT l.relation, l.virtualtransaction, l.pid FROM lock l
              WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock' AND l.relation::pg_catalog.int8 >= 16384
                AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d
                                  WHERE d.datname = pg_catalog.current_database())),
            entry AS (
              SELECT r.prrelid AS relation, NULL::pg_catalog.oid AS namespace, {age r} AS age
              FROM pg_catalog.pg_publication p JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid
              WHERE p.pubname = ANY (?)
              UNION ALL
              SELECT NULL, NULL, {age p} FROM pg_catalog.pg_publication p
              WHERE p.puballtables AND p.pubname = ANY (?)%s),
            published AS (
              SELECT w.relation, w.virtualtransaction, w.pid, n.nspname, c.relname, pg_catalog.max(e.age) AS age
              FROM written w
              CROSS JOIN LATERAL (
                SELECT w.relation UNION SELECT a.relid FROM pg_catalog.pg_partition_ancestors(w.relation) a) t (relation)
              JOIN pg_catalog.pg_class c ON c.oid = t.relation
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              JOIN entry e ON e.relation = t.relation OR e.namespace = c.relnamespace
                OR (e.relation IS NULL AND e.namespace IS NULL)
              GROUP BY 1, 2, 3, 4, 5)
            SELECT p.nspname, p.relname, x.transactionid::text::pg_catalog.int8, pg_catalog.age(x.transactionid) > p.age,
                   p.pid, s.usename, s.application_name, pg_catalog.date_trunc('second', s.xact_start)::text, g.gid
            FROM published p
            CROSS JOIN LATERAL (
              SELECT l.transactionid FROM lock l
              WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock'
                AND l.virtualtransaction = p.virtualtransaction
              ORDER BY pg_catalog.age(l.transactionid) DESC LIMIT 1) x
            LEFT JOIN pg_catalog.pg_stat_activity s ON s.pid = p.pid
            LEFT JOIN pg_catalog.pg_prepared_xacts g ON g.transaction = x.transactionid
            ORDER BY 1, 2, 3""".replace("{age r}", TransactionAge.of("r.xmin")).replace("{age p}", TransactionAge.of("p.xmin"));

    private static final String OF_SCHEMAS = """

              UNION ALL
              SELECT NULL, n.pnnspid, {age n}
              FROM pg_catalog.pg_publication p JOIN pg_catalog.pg_publication_namespace n ON n.pnpubid = p.oid
              WHERE p.pubname = ANY (?)""".replace("{age n}", TransactionAge.of("n.xmin"));

    private static final String RUNNING = """
            SELECT l.transactionid::text::pg_catalog.int8 FROM pg_catalog.pg_locks l
            WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
              AND l.transactionid::text::pg_catalog.int8 = ANY (?)""";

    /**
     * Transactions that wrote before the table was published, as far as that is known: those that began before the
     * publication got the table, and of a table that was published a moment ago all that write to it.
     *
     * @param connection a plain connection; on a standby it sees none, since locks are the primary's
     * @param publications raw names
     * @param wanted the tables to look at
     * @param published the tables among them that were published a moment ago
     * @return the transactions; a transaction that wrote to several tables comes several times
     * @throws SQLException if the catalog cannot be read
     */
    public static List<EarlyWriter> find(
            Connection connection,
            List<String> publications,
            Predicate<TableName> wanted,
            Predicate<TableName> published)
            throws SQLException {
        boolean schemas = connection.getMetaData().getDatabaseMajorVersion() >= SCHEMAS;
        List<EarlyWriter> found = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(FIND.formatted(schemas ? OF_SCHEMAS : ""))) {
            for (int i = 1; i <= (schemas ? 3 : 2); i++) {
                statement.setArray(i, connection.createArrayOf("text", publications.toArray()));
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    TableName table = new TableName(rows.getString(1), rows.getString(2));
                    if (wanted.test(table) && (rows.getBoolean(4) || published.test(table))) {
                        found.add(new EarlyWriter(rows.getLong(3), table, who(rows)));
                    }
                }
            }
        }
        return found;
    }

    private static String who(ResultSet row) throws SQLException {
        String gid = row.getString(9);
        if (gid != null) {
            return "the prepared transaction " + SqlLiterals.quote(gid);
        }
        return "PID " + row.getInt(5) + " ("
                + labelled("role", row.getString(6))
                + labelled(", application", row.getString(7))
                + (row.getString(8) == null ? "" : ", in a transaction since " + row.getString(8)) + ")";
    }

    private static String labelled(String label, @Nullable String value) {
        return value == null || value.isEmpty() ? "" : label + " \"" + value + "\"";
    }

    /**
     * The writers whose transactions still run, or are prepared.
     *
     * @param connection a plain connection
     * @param writers what was found earlier
     * @return what is left of them
     * @throws SQLException if the server does not answer
     */
    public static List<EarlyWriter> remaining(Connection connection, List<EarlyWriter> writers) throws SQLException {
        Set<Long> running = new HashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(RUNNING)) {
            statement.setArray(
                    1,
                    connection.createArrayOf(
                            "int8",
                            writers.stream().map(EarlyWriter::xid).distinct().toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    running.add(rows.getLong(1));
                }
            }
        }
        return writers.stream().filter(writer -> running.contains(writer.xid())).toList();
    }

    /**
     * As {@link #remaining(Connection, List)}, on the connection of a running instance.
     *
     * @param shared the connection
     * @param writers what was found earlier
     * @return what is left of them
     * @throws SQLException if the server does not answer
     */
    public static List<EarlyWriter> remaining(SharedConnection shared, List<EarlyWriter> writers) throws SQLException {
        return shared.ask(connection -> remaining(connection, writers));
    }

    /**
     * The tables that they wrote to.
     *
     * @param writers some
     * @return their names, for messages
     */
    public static String tables(List<EarlyWriter> writers) {
        return named(writers.stream()
                .map(writer -> writer.table().toString())
                .distinct()
                .toList());
    }

    /**
     * Who they are.
     *
     * @param writers some
     * @return for messages
     */
    public static String people(List<EarlyWriter> writers) {
        return named(writers.stream().map(EarlyWriter::who).distinct().toList());
    }

    private static String named(List<String> all) {
        return ShortList.of(all, MAX_NAMED);
    }
}
