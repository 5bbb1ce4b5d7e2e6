package io.walwire.internal.triggers;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.connection.LockHolders;
import io.walwire.internal.connection.ServerErrors;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes, repairs, prints and removes one application's objects. Only what is missing or not as it should be is touched, so
 * that a start with everything in place takes no lock; and only what a comment says is this application's is ever removed.
 */
public final class TriggerUpkeep {
    private static final Logger LOG = LoggerFactory.getLogger(TriggerUpkeep.class);

    /** For how long somebody else may be at it. */
    private static final Duration OTHERS = Duration.ofSeconds(60);

    private final OutboxNames names;
    private final Options options;
    private final OutboxSql sql;
    private final TriggerCatalog catalog;

    /**
     * How triggers are made.
     *
     * @param always whether they fire in every {@code session_replication_role}, and so for rows that logical replication
     *     brings
     * @param notifies whether writers wake the reader
     * @param lockTimeout how long a statement waits for a table that others write to
     */
    public record Options(boolean always, boolean notifies, Duration lockTimeout) {}

    /**
     * Upkeep of one application's objects.
     *
     * @param names what they are called
     * @param options how they are made
     */
    public TriggerUpkeep(OutboxNames names, Options options) {
        this.names = names;
        this.options = options;
        this.sql = new OutboxSql(names, options.notifies());
        this.catalog = new TriggerCatalog(names);
    }

    /**
     * Makes what is missing, and repairs what is not as it should be; one process at a time.
     *
     * @param connection a plain connection in autocommit mode
     * @param patterns which tables
     * @param named further tables
     * @return what was run
     * @throws SQLException if the server refuses, or a lock was not to be had in time; what was done before stays
     */
    public List<String> install(Connection connection, List<TablePattern> patterns, Collection<TableName> named)
            throws SQLException {
        if (missing(connection, patterns, named).isEmpty()) {
            return List.of();
        }
        try {
            return locked(connection, () -> {
                List<List<String>> missing = missing(connection, patterns, named);
                for (List<String> together : missing) {
                    run(connection, together);
                }
                return missing.stream().flatMap(List::stream).toList();
            });
        } catch (SQLException e) {
            throw namingHolders(e, connection, patterns, named);
        }
    }

    /** Of the first table whose triggers are still not as they should be: those before it are done. */
    private SQLException namingHolders(
            SQLException e, Connection connection, List<TablePattern> patterns, Collection<TableName> named)
            throws SQLException {
        if (!ServerErrors.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
            return e;
        }
        List<TableName> waiting = TriggerCatalog.wanted(catalog.tables(connection), patterns, named).stream()
                .filter(each -> !each.works() || each.always() != options.always())
                .map(TableTriggers::table)
                .limit(1)
                .toList();
        return LockHolders.named(e, connection, waiting, LockHolders.Harmless.OF_READERS);
    }

    /**
     * What {@link #install} would run, without a change.
     *
     * @param connection a plain connection
     * @param patterns which tables
     * @param named further tables
     * @return groups of statements, each to be run in a transaction
     * @throws SQLException if the catalog cannot be read
     * @throws WalwireException if objects of these names are somebody else's
     */
    public List<List<String>> missing(Connection connection, List<TablePattern> patterns, Collection<TableName> named)
            throws SQLException {
        List<List<String>> groups = new ArrayList<>();
        List<String> objects = objects(connection);
        if (!objects.isEmpty()) {
            groups.add(objects);
        }
        for (TableTriggers each : TriggerCatalog.wanted(catalog.tables(connection), patterns, named)) {
            requireNoPartition(each);
            requireOwn(each);
            if (!each.works() || each.always() != options.always()) {
                List<String> statements = new ArrayList<>();
                if (each.has()) {
                    statements.addAll(sql.dropTriggers(each.table()));
                }
                statements.addAll(sql.triggers(each.table(), options.always()));
                groups.add(statements);
            }
        }
        return groups;
    }

    private List<String> objects(Connection connection) throws SQLException {
        List<String> statements = new ArrayList<>();
        Optional<String> outbox = catalog.outbox(connection);
        if (outbox.isEmpty()) {
            if (!catalog.hasSchema(connection)) {
                statements.add(sql.schema());
            }
            statements.add(sql.tables());
        } else if (!catalog.isOwn(outbox.get())) {
            throw new WalwireException(
                    ErrorCode.CONFIGURATION,
                    "Table " + names.outbox() + " is there, and not Walwire's: it has no comment that says so. Set"
                            + " walwire.triggers.schema to another schema. [CONFIGURATION]");
        }
        Optional<TriggerCatalog.Function> capture = catalog.capture(connection);
        int version = capture.map(found -> catalog.version(found.comment())).orElse(0);
        boolean differs = version < OutboxNames.VERSION
                || capture.map(found -> !found.body().equals(sql.captureBody())).orElse(true);
        // while nodes of several versions run side by side, the newest one's stays
        if (differs && version <= OutboxNames.VERSION) {
            requireOwnFunctions(connection);
            if (outbox.isPresent() && version < OutboxNames.VERSION) {
                statements.add(sql.upgrade());
            }
            statements.add(sql.functions());
        }
        return statements;
    }

    private void requireOwnFunctions(Connection connection) throws SQLException {
        List<String> foreign = catalog.foreignFunctions(connection);
        if (!foreign.isEmpty()) {
            throw new WalwireException(
                    ErrorCode.CONFIGURATION,
                    "Function " + String.join(", ", foreign)
                            + " is there, and not Walwire's: it has no comment that says"
                            + " so, and is left alone. Set walwire.triggers.schema to another schema, or remove it: DROP"
                            + " FUNCTION " + String.join(", ", foreign) + "; [CONFIGURATION]");
        }
    }

    private static void requireNoPartition(TableTriggers each) {
        if (each.root() != null) {
            throw new WalwireException(
                    ErrorCode.CONFIGURATION,
                    "Table " + each.table() + " is a partition of " + each.root()
                            + ", under whose name triggers tell its changes. Subscribe to " + each.root()
                            + " instead. [CONFIGURATION]");
        }
    }

    private void requireOwn(TableTriggers each) {
        if (each.isForeign()) {
            throw new WalwireException(
                    ErrorCode.CONFIGURATION,
                    "Table " + each.table() + " has a trigger " + SqlIdentifiers.quote(names.rowTrigger())
                            + " that no comment marks as Walwire's, so that it is left alone. If it is: DROP TRIGGER "
                            + SqlIdentifiers.quote(names.rowTrigger()) + " ON " + OutboxSql.quoted(each.table())
                            + "; [CONFIGURATION]");
        }
    }

    /**
     * Everything as one script for a migration tool, whatever is there already.
     *
     * @param connection a plain connection, to find the tables
     * @param patterns which tables
     * @param named further tables
     * @return SQL
     * @throws SQLException if the catalog cannot be read
     */
    public String script(Connection connection, List<TablePattern> patterns, Collection<TableName> named)
            throws SQLException {
        StringBuilder script = new StringBuilder(objectsScript());
        for (TableTriggers each : TriggerCatalog.wanted(catalog.tables(connection), patterns, named)) {
            requireNoPartition(each);
            script.append('\n');
            sql.triggers(each.table(), options.always())
                    .forEach(statement -> script.append(statement).append(";\n"));
        }
        return script.toString();
    }

    /**
     * The part of a {@link #script} that needs no table.
     *
     * @return SQL
     */
    public String objectsScript() {
        return sql.schema() + sql.tables() + sql.functions();
    }

    /**
     * What a role may be given that reads and does not own the objects.
     *
     * @param role its name
     * @return SQL
     */
    public String grants(String role) {
        return sql.grants(role);
    }

    /**
     * What is there, each table as a line.
     *
     * @param connection a plain connection
     * @return the tables that carry this application's triggers, with their condition
     * @throws SQLException if the catalog cannot be read
     */
    public List<String> list(Connection connection) throws SQLException {
        List<String> lines = new ArrayList<>();
        for (TableTriggers each : catalog.tables(connection)) {
            if (each.has()) {
                String state = each.works() ? (each.always() ? "always" : "enabled") : said(each);
                lines.add(each.table() + "\t" + state);
            }
        }
        return lines;
    }

    private static String said(TableTriggers each) {
        return ("rows " + each.rows() + ", truncate " + each.truncates()).toLowerCase(Locale.ROOT);
    }

    /**
     * Removes triggers of tables that nobody wants any more, and everything if nothing is wanted.
     *
     * @param connection a plain connection in autocommit mode
     * @param patterns which tables are wanted; none for none
     * @param named further tables
     * @param apply whether to do it
     * @return what was run, or would be
     * @throws SQLException if the server refuses
     */
    public List<String> clean(
            Connection connection, List<TablePattern> patterns, Collection<TableName> named, boolean apply)
            throws SQLException {
        if (!apply) {
            return unwanted(connection, patterns, named).stream()
                    .flatMap(List::stream)
                    .toList();
        }
        return locked(connection, () -> {
            List<List<String>> unwanted = unwanted(connection, patterns, named);
            for (List<String> together : unwanted) {
                run(connection, together);
            }
            return unwanted.stream().flatMap(List::stream).toList();
        });
    }

    private List<List<String>> unwanted(Connection connection, List<TablePattern> patterns, Collection<TableName> named)
            throws SQLException {
        List<TableTriggers> all = catalog.tables(connection);
        List<TableTriggers> wanted = TriggerCatalog.wanted(all, patterns, named);
        List<List<String>> groups = new ArrayList<>();
        for (TableTriggers each : all) {
            if (each.has() && !each.isForeign() && !wanted.contains(each)) {
                groups.add(sql.dropTriggers(each.table()));
            }
        }
        boolean own = catalog.outbox(connection).map(catalog::isOwn).orElse(false);
        if (patterns.isEmpty() && named.isEmpty() && own) {
            groups.add(sql.dropObjects());
        }
        return groups;
    }

    private interface Work {
        List<String> run() throws SQLException;
    }

    private List<String> locked(Connection connection, Work work) throws SQLException {
        int before = connection.getNetworkTimeout();
        try (Statement statement = connection.createStatement()) {
            if (before > 0) {
                // who waits for a lock hears nothing, and must not take the server for dead
                Duration longest = OTHERS.compareTo(options.lockTimeout()) > 0 ? OTHERS : options.lockTimeout();
                int atLeast = (int) Math.min(Integer.MAX_VALUE, longest.toMillis() + before);
                connection.setNetworkTimeout(Runnable::run, atLeast);
                // the server still gives up first
                statement.execute("SET statement_timeout = " + (atLeast - before / 6));
            }
            setLockTimeout(statement, OTHERS);
            String key = "(" + names.lock("upkeep") + ")";
            statement.execute("SELECT pg_catalog.pg_advisory_lock" + key);
            try {
                setLockTimeout(statement, options.lockTimeout());
                return work.run();
            } finally {
                statement.execute("SELECT pg_catalog.pg_advisory_unlock" + key);
                statement.execute("RESET lock_timeout");
                statement.execute("RESET statement_timeout");
            }
        } finally {
            if (!connection.isClosed()) {
                connection.setNetworkTimeout(Runnable::run, before);
            }
        }
    }

    private static void setLockTimeout(Statement statement, Duration timeout) throws SQLException {
        statement.execute("SET lock_timeout = " + timeout.toMillis());
    }

    private static void run(Connection connection, List<String> together) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            for (String each : together) {
                LOG.info("Running: {}", each.lines().findFirst().orElse(each));
                statement.execute(each);
            }
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }
}
