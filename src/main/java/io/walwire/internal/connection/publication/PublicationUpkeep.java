package io.walwire.internal.connection.publication;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.catalog.OwnedTables;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.LockHolders;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.SqlLiterals;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Creates publications and adds tables to the first one, where the configuration asks for it. Which tables it added itself
 * is kept in the publication's comment, so that it never removes another's. A publication FOR ALL TABLES or IN SCHEMA is
 * never altered.
 */
public final class PublicationUpkeep {
    private static final Logger LOG = Logs.of(PublicationUpkeep.class);
    private static final int MAX_NAMED = 10;
    private static final String PATIENCE = "SET LOCAL lock_timeout = '10s'";

    /** The table is gone, or its schema. */
    private static final Set<String> DROPPED = Set.of("42P01", "3F000");

    private static final Set<String> DROPPED_OR_LOCKED = Set.of("42P01", "3F000", ServerErrors.LOCK_NOT_AVAILABLE);

    private final Database database;
    private final Publications publications;
    private final List<String> names;
    private final boolean exact;

    /** The table that is added or removed now. */
    private @Nullable TableName changing;

    /**
     * Upkeep of publications.
     *
     * @param database where
     * @param publication which publications, of which the first one gets the tables, and what may be done to them
     */
    public PublicationUpkeep(Database database, WalwireConfig.Publication publication) {
        this.database = database;
        this.publications = new Publications(database, publication);
        this.names = publication.names();
        this.exact = publication.manage() == WalwireConfig.Manage.EXACT;
    }

    /**
     * Makes the publications what is wanted, or nothing of it, in one transaction and one instance at a time.
     *
     * @param connection a plain connection in autocommit mode, which it is in again afterwards
     * @param subscriptions the subscriptions
     * @param handled tables that handlers name
     * @return whether a table was published by this call
     * @throws SQLException if the server refuses
     */
    public Predicate<TableName> apply(
            Connection connection, List<TablePattern> subscriptions, Collection<TableName> handled)
            throws SQLException {
        Set<TableName> added = new LinkedHashSet<>();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(PATIENCE);
            statement.execute("SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext("
                    + SqlLiterals.quote(lockName()) + "))");
            publications.requireTables(connection, subscriptions, handled);
            List<RefusedChanges> before = RefusedChanges.of(connection, Publications.all(connection));
            Set<TableName> named = TablePattern.named(subscriptions, handled);
            Set<TableName> wanted = PatternTables.of(connection, subscriptions, false);
            wanted.addAll(named);
            boolean partitioned = Partitions.isAnyPartitioned(connection, wanted);
            create(connection, statement, subscriptions.contains(TablePattern.ALL), partitioned);
            PublicationOwner.requireTrusted(connection, database, names.get(0));
            if (Publications.isTableList(connection, names.get(0))) {
                added.addAll(alter(connection, statement, subscriptions, named));
            }
            // a table that cannot be had changes nothing for the others either
            publications.require(connection, subscriptions, handled);
            requireNoneRefused(connection, before);
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            connection.setAutoCommit(true);
            throw namingHolders(e, connection);
        } catch (RuntimeException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
        return added::contains;
    }

    private SQLException namingHolders(SQLException e, Connection connection) {
        TableName table = changing;
        return table == null
                ? LockHolders.named(e, connection, "upkeep of publication " + names.get(0), lockName())
                : LockHolders.named(e, connection, List.of(table), LockHolders.Harmless.OF_WRITERS);
    }

    private String lockName() {
        return "walwire publication " + names.get(0);
    }

    /** Publishing a table must not break the statements of those who write to it. */
    private void requireNoneRefused(Connection connection, List<RefusedChanges> before) throws SQLException {
        List<RefusedChanges> refused = RefusedChanges.beyond(before, RefusedChanges.of(connection, names));
        if (refused.isEmpty()) {
            return;
        }
        Set<TableName> helped = new LinkedHashSet<>();
        refused.forEach(each -> helped.add(each.table()));
        refused.stream().filter(each -> !each.fullHelps()).forEach(each -> helped.remove(each.table()));
        String full = helped.stream().limit(MAX_NAMED).map(PublicationSql::full).collect(Collectors.joining(" "));
        throw new WalwireException(
                ErrorCode.PUBLICATION,
                "Nothing is published: PostgreSQL would refuse updates and deletes, to everybody, of "
                        + RefusedChanges.named(refused) + ".",
                "Give each a primary key that is not deferrable" + (full.isEmpty() ? "." : ", or run: " + full));
    }

    /** A publication of all tables is none FOR ALL TABLES: that would break the updates of later tables without a key. */
    private void create(Connection connection, Statement statement, boolean all, boolean partitioned)
            throws SQLException {
        List<String> existing = publications.existing(connection);
        for (String name : names) {
            if (!existing.contains(name)) {
                boolean first = name.equals(names.get(0));
                // who names a partitioned table wants events under that name
                String byRoot = first && partitioned ? PublicationSql.BY_ROOT : "";
                execute(statement, "CREATE PUBLICATION " + SqlIdentifiers.quote(name) + byRoot);
                if (all && first) {
                    PublicationComment comment = PublicationComment.read(connection, name);
                    comment.markEveryTable();
                    comment.write(statement, List.of());
                }
            }
        }
    }

    /**
     * Makes the list of tables what is wanted; gives those that were added. A subscribed schema stands for the tables that it has
     * now: FOR TABLES IN SCHEMA needs a superuser. ONLY, since children of a table are wanted where they are subscribed, and may
     * have no key.
     */
    private Set<TableName> alter(
            Connection connection, Statement statement, List<TablePattern> subscriptions, Set<TableName> named)
            throws SQLException {
        String alter = "ALTER PUBLICATION " + SqlIdentifiers.quote(names.get(0));
        PublicationComment comment = PublicationComment.read(connection, names.get(0));
        Set<TableName> published = publications.published(connection);
        Set<TableName> matched = PatternTables.of(connection, subscriptions, comment.isOfEveryTable());
        matched.removeAll(named);
        PatternTables byPattern = PatternTables.missing(connection, names.get(0), matched, published);
        byPattern.leftOut(names.get(0)).forEach(LOG::warn);
        Set<TableName> added = unpublished(connection, named, published);
        for (TableName table : added) {
            add(statement, table);
        }
        added.addAll(addWhatIsFree(connection, statement, byPattern.added()));
        Set<TableName> own = comment.added();
        own.retainAll(listed(connection, own, published));
        Set<TableName> before = Set.copyOf(own);
        own.addAll(added);
        for (TableName table : exact ? List.copyOf(own) : List.<TableName>of()) {
            if (!named.contains(table)
                    && subscriptions.stream().noneMatch(each -> each.matches(table.schema(), table.table()))) {
                changing = table;
                execute(statement, alter + " DROP TABLE ONLY " + PublicationSql.quoted(table));
                own.remove(table);
            }
        }
        if (!own.equals(before)) {
            comment.write(statement, own);
        }
        return added;
    }

    private void add(Statement statement, TableName table) throws SQLException {
        changing = table;
        execute(
                statement,
                "ALTER PUBLICATION " + SqlIdentifiers.quote(names.get(0)) + " ADD TABLE ONLY "
                        + PublicationSql.quoted(table));
    }

    /**
     * Adds tables that patterns take in. One that was dropped meanwhile is left out with a warning, and so is a locked one of
     * another role: anybody could stop the instance by it. All locks of other roles together take no long wait.
     */
    private Set<TableName> addWhatIsFree(Connection connection, Statement statement, Set<TableName> tables)
            throws SQLException {
        Set<TableName> others = OwnedTables.ofOthers(connection, tables);
        Set<TableName> trusted = new LinkedHashSet<>(tables);
        trusted.removeAll(others);
        Set<TableName> added = new LinkedHashSet<>();
        for (TableName table : trusted) {
            if (isAdded(connection, statement, table, DROPPED)) {
                added.add(table);
            }
        }
        statement.execute("SET LOCAL lock_timeout = '3s'");
        for (TableName table : others) {
            if (isAdded(connection, statement, table, DROPPED_OR_LOCKED)) {
                added.add(table);
            }
        }
        statement.execute(PATIENCE);
        return added;
    }

    private boolean isAdded(Connection connection, Statement statement, TableName table, Set<String> leftOut)
            throws SQLException {
        Savepoint before = connection.setSavepoint();
        try {
            add(statement, table);
            connection.releaseSavepoint(before);
            return true;
        } catch (SQLException e) {
            if (!leftOut.contains(String.valueOf(e.getSQLState()))) {
                throw e;
            }
            connection.rollback(before);
            LOG.warn(
                    "Table {} is left out of publication {}, and its changes do not come: {} The next start tries again.",
                    table,
                    SqlIdentifiers.quote(names.get(0)),
                    ServerErrors.line(namingHolders(e, connection)));
            if (ServerErrors.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                statement.execute("SET LOCAL lock_timeout = '100ms'");
            }
            return false;
        }
    }

    /** A partitioned table is in a publication also where changes come under the names of its partitions. */
    private Set<TableName> listed(Connection connection, Set<TableName> tables, Set<TableName> published)
            throws SQLException {
        Set<TableName> listed = new LinkedHashSet<>(tables);
        listed.retainAll(published);
        listed.addAll(Partitions.members(connection, names.get(0), tables));
        return listed;
    }

    private Set<TableName> unpublished(Connection connection, Set<TableName> tables, Set<TableName> published)
            throws SQLException {
        Set<TableName> unpublished = new LinkedHashSet<>(tables);
        unpublished.removeAll(published);
        // it may be in already; that no event has its name is said later
        unpublished.removeAll(Partitions.byPartition(connection, names.get(0), unpublished));
        return unpublished;
    }

    private static void execute(Statement statement, String sql) throws SQLException {
        LOG.info("Running: {}", sql);
        statement.execute(sql);
    }
}
