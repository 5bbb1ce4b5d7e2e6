package io.walwire.internal.backfill;

import io.walwire.error.ConfigurationException;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.LockHolders;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Makes the plans of tables, and finds everything that keeps a table from being read. */
public final class TablePlans {
    private static final String FIND = """
            SELECT c.oid::pg_catalog.int8, c.relkind, c.relpersistence,
                   pg_catalog.has_table_privilege(c.oid, 'SELECT'), pg_catalog.row_security_active(c.oid)
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ?""";

    private static final String SIZES = """
            SELECT c.oid::pg_catalog.int8, pg_catalog.pg_table_size(c.oid), c.reltuples,
                   pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::pg_catalog.int8
            FROM pg_catalog.pg_class c WHERE c.oid = ANY (?::pg_catalog.oid[])""";

    /** Other sessions queue up behind a wait for a lock. */
    private static final String LOCK_PATIENCE = "SET lock_timeout = '500ms'";

    private final Database database;
    private final Sender sender;

    /**
     * Plans of a database.
     *
     * @param database where
     * @param sender what sends changes of its tables
     */
    public TablePlans(Database database, Sender sender) {
        this.database = database;
        this.sender = sender;
    }

    /** What was found at a name. */
    private record Found(long oid, char kind, char persistence, boolean readable, boolean rowSecurity) {}

    /**
     * Makes the plans of some tables: of each one, or one for each partition if the stream sends changes under their names.
     *
     * @param requests the tables
     * @return their plans, in the same order
     * @throws ConfigurationException with all problems of all tables
     * @throws SQLException if the catalog cannot be read
     */
    public List<TablePlan> of(List<TableRequest> requests) throws SQLException {
        List<String> problems = new ArrayList<>();
        List<TablePlan> plans = of(requests, problems);
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return plans;
    }

    /**
     * As {@link #of(List)}, of those tables that can be read.
     *
     * @param requests the tables
     * @param problems gets what keeps the others from being read
     * @return the plans, in the same order
     * @throws SQLException if the catalog cannot be read
     */
    public List<TablePlan> of(List<TableRequest> requests, List<String> problems) throws SQLException {
        List<TablePlan> plans = new ArrayList<>();
        try (Connection connection = database.open()) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(LOCK_PATIENCE);
            }
            connection.setAutoCommit(false);
            connection.setReadOnly(true);
            for (TableRequest request : requests) {
                plans.addAll(ofUnlocked(connection, request, problems));
            }
            connection.rollback();
        }
        return plans;
    }

    private List<TablePlan> ofUnlocked(Connection connection, TableRequest request, List<String> problems)
            throws SQLException {
        try {
            return of(connection, request, problems);
        } catch (SQLException e) {
            connection.rollback();
            throw LockHolders.named(e, connection, List.of(request.table()), LockHolders.Harmless.OF_WRITERS);
        }
    }

    private List<TablePlan> of(Connection connection, TableRequest request, List<String> problems) throws SQLException {
        Found found = find(connection, request.table());
        String unfit = found == null ? "There is no such table." : unfit(found, request.table(), sender.isLogged());
        if (found == null || unfit != null) {
            problems.add("Table " + request.table() + " cannot be read: " + unfit);
            return List.of();
        }
        List<LeafFacts> leaves = CatalogSql.leaves(connection, sender, found.oid());
        List<String> own = new ArrayList<>();
        requireUsable(leaves, request.table(), own);
        requireRights(found, leaves, request.table(), own);
        if (own.isEmpty() && request.where() != null) {
            requireParsed(connection, leaves, request, own);
        }
        if (!own.isEmpty()) {
            own.forEach(problem -> problems.add("Table " + request.table() + " cannot be read: " + problem));
            return List.of();
        }
        Map<TableName, List<LeafPlan>> bySentName = new LinkedHashMap<>();
        List<LeafPlan> all = plans(connection, leaves, request);
        if (!sender.isLogged() && !all.stream().allMatch(LeafPlan::hasExactKey)) {
            problems.add(withoutKey(request.table()));
            return List.of();
        }
        for (LeafPlan leaf : all) {
            bySentName
                    .computeIfAbsent(leaf.sentName(), name -> new ArrayList<>())
                    .add(leaf);
        }
        if (bySentName.isEmpty()) {
            return List.of(new TablePlan(request, request.table(), List.of()));
        }
        List<TablePlan> plans = new ArrayList<>();
        bySentName.forEach((name, parts) -> plans.add(new TablePlan(request, name, parts)));
        return plans;
    }

    /** Without a key the stream would be held at a snapshot. It can be held only in the order of commits. */
    private static String withoutKey(TableName table) {
        return "Table " + table
                + " cannot be read: it has no primary key with a column of numbers, text, uuid, times or enums,"
                + " by which its rows can be compared with the changes that triggers capture. Give it one that is not"
                + " deferrable.";
    }

    private static @Nullable Found find(Connection connection, TableName table) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(FIND)) {
            query.setString(1, table.schema());
            query.setString(2, table.table());
            try (ResultSet row = query.executeQuery()) {
                return row.next()
                        ? new Found(
                                row.getLong(1),
                                row.getString(2).charAt(0),
                                row.getString(3).charAt(0),
                                row.getBoolean(4),
                                row.getBoolean(5))
                        : null;
            }
        }
    }

    /** Why the stream can never have changes of a relation. */
    private static @Nullable String unfit(Found found, TableName name, boolean isLogged) {
        return switch (found.kind()) {
            case 'r', 'p' -> isLogged ? unfitPersistence(found.persistence(), name) : null;
            case 'v', 'm' ->
                "It is a view, and the stream has no changes of views. Read the tables that it is made of.";
            case 'f' ->
                "It is a foreign table, and the stream has no changes of it. Read it at the server that has it.";
            default -> "It is not a table.";
        };
    }

    private static @Nullable String unfitPersistence(char persistence, TableName name) {
        return switch (persistence) {
            case 'u' ->
                "It is unlogged, and the stream has no changes of it. This changes that, writes the whole table to the"
                        + " WAL and locks it meanwhile: ALTER TABLE " + LeafPlan.quoted(name) + " SET LOGGED;";
            case 't' -> "It is temporary, and the stream has no changes of it.";
            default -> null;
        };
    }

    private void requireUsable(List<LeafFacts> leaves, TableName table, List<String> problems) throws SQLException {
        for (LeafFacts leaf : leaves) {
            String partition = leaf.name().equals(table) ? "It" : "Its partition " + leaf.name();
            if (leaf.kind() == 'f') {
                problems.add(partition + " is a foreign table, and the stream has no changes of it.");
            } else if (leaf.persistence() != 'p' && sender.isLogged()) {
                problems.add(partition + " is unlogged, and the stream has no changes of it. This changes that:"
                        + " ALTER TABLE " + LeafPlan.quoted(leaf.name()) + " SET LOGGED;");
            }
        }
        List<TableName> unsent = leaves.stream()
                .filter(leaf -> !leaf.isPublished())
                .map(LeafFacts::name)
                .toList();
        if (!unsent.isEmpty()) {
            problems.add(sender.unsent(table, unsent));
        }
    }

    private void requireRights(Found root, List<LeafFacts> leaves, TableName table, List<String> problems) {
        Set<TableName> unreadable = new LinkedHashSet<>();
        Set<TableName> hidden = new LinkedHashSet<>();
        if (!root.readable()) {
            unreadable.add(table);
        }
        if (root.rowSecurity()) {
            hidden.add(table);
        }
        for (LeafFacts leaf : leaves) {
            if (!leaf.readable()) {
                unreadable.add(leaf.name());
            }
            if (leaf.rowSecurity()) {
                hidden.add(leaf.name());
            }
        }
        String role = SqlIdentifiers.quote(database.user());
        if (!unreadable.isEmpty()) {
            problems.add("Role " + role + " needs SELECT on " + ShortList.of(unreadable)
                    + " as a table privilege, because it takes a lock; rights on columns do not allow that. Run: GRANT SELECT"
                    + " ON " + unreadable.stream().map(LeafPlan::quoted).collect(Collectors.joining(", ")) + " TO "
                    + role + ";");
        }
        if (!hidden.isEmpty()) {
            problems.add("Row security hides rows of " + ShortList.of(hidden) + " from role " + role
                    + ", and the stream sends changes of all rows. Run: ALTER ROLE " + role + " BYPASSRLS;");
        }
    }

    /** Has the server parse the caller's condition for each leaf; columns of a partition have the names of its root's. */
    private static void requireParsed(
            Connection connection, List<LeafFacts> leaves, TableRequest request, List<String> problems)
            throws SQLException {
        if (leaves.isEmpty()) {
            return;
        }
        connection.commit();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT 1 FROM ONLY "
                    + LeafPlan.quoted(leaves.get(0).name()) + " WHERE (" + request.where() + "\n) LIMIT 0");
        } catch (SQLException e) {
            boolean parameter = lacksParameter(e);
            if (ServerErrors.heals(e) && !parameter) {
                throw e;
            }
            problems.add("The condition for its rows is not valid: "
                    + (parameter ? "it has a parameter, such as $1." : ServerErrors.said(e))
                    + " It is an SQL condition on the table's columns, such as: tenant = 7");
        }
        connection.rollback();
    }

    /** Whether the statement has parameters. Its SQLSTATE is that of a pooler's refusal, which heals. */
    private static boolean lacksParameter(SQLException e) {
        ServerErrorMessage said = e instanceof PSQLException refused ? refused.getServerErrorMessage() : null;
        return said != null && "exec_bind_message".equals(said.getRoutine());
    }

    private List<LeafPlan> plans(Connection connection, List<LeafFacts> leaves, TableRequest request)
            throws SQLException {
        Map<Long, Size> sizes = sizes(connection, leaves);
        Map<Long, SentTable> sent = SentTable.read(connection, leaves, sender.isLogged());
        List<LeafPlan> plans = new ArrayList<>();
        for (LeafFacts leaf : leaves) {
            Size size = sizes.get(leaf.oid());
            SentTable as = sent.get(leaf.sentAs());
            if (size != null && as != null) {
                Relation relation = as.relation(leaf.sentColumns());
                boolean alone = leaf.name().equals(leaf.sentName());
                plans.add(new LeafPlan(
                        alone ? leaf.name() : request.table(),
                        leaf,
                        relation,
                        as.key(relation),
                        request.where(),
                        size.blocks(),
                        size.bytes(),
                        size.rows()));
            }
        }
        plans.sort(Comparator.comparingLong(LeafPlan::bytes).reversed());
        return plans;
    }

    /** How large a table is. */
    private record Size(long bytes, double rows, long blocks) {}

    private static Map<Long, Size> sizes(Connection connection, List<LeafFacts> leaves) throws SQLException {
        Map<Long, Size> sizes = new HashMap<>();
        try (PreparedStatement query = connection.prepareStatement(SIZES)) {
            query.setArray(
                    1,
                    connection.createArrayOf(
                            "int8", leaves.stream().map(LeafFacts::oid).toArray()));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    sizes.put(row.getLong(1), new Size(row.getLong(2), row.getDouble(3), row.getLong(4)));
                }
            }
        }
        return sizes;
    }
}
