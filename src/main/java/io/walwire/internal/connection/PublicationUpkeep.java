package io.walwire.internal.connection;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.SqlLiterals;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
    private static final int MOST_NAMED = 10;

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
     * @param names raw names; the first one gets the tables
     * @param exact whether tables that this added earlier and nobody wants any more are removed
     */
    public PublicationUpkeep(Database database, List<String> names, boolean exact) {
        this.database = database;
        this.publications = new Publications(database, names);
        this.names = names;
        this.exact = exact;
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
            statement.execute("SET LOCAL lock_timeout = '10s'");
            statement.execute("SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext("
                    + SqlLiterals.quote(lockName()) + "))");
            publications.requireTables(connection, subscriptions, handled);
            List<RefusedChanges> before = RefusedChanges.of(connection, Publications.all(connection));
            Set<TableName> named = wanted(connection, subscriptions, handled);
            boolean partitioned = Partitions.isAnyPartitioned(connection, named);
            create(connection, statement, subscriptions.contains(TablePattern.ALL), partitioned);
            PublicationOwner.requireTrusted(connection, database, names.get(0));
            if (isTableList(connection)) {
                added.addAll(alter(
                        connection, statement, wanted(connection, subscriptions, handled), subscriptions));
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

    /** Whether the server refused the same statements before, because of whatever publication. */
    private static boolean isRefused(List<RefusedChanges> before, RefusedChanges now) {
        List<RefusedChanges> same =
                before.stream().filter(each -> each.table().equals(now.table())).toList();
        return (!now.update() || same.stream().anyMatch(RefusedChanges::update))
                && (!now.delete() || same.stream().anyMatch(RefusedChanges::delete));
    }

    /** Publishing a table must not break the statements of those who write to it. */
    private void requireNoneRefused(Connection connection, List<RefusedChanges> before) throws SQLException {
        Map<TableName, RefusedChanges> refused = new LinkedHashMap<>();
        RefusedChanges.of(connection, names).stream()
                .filter(each -> !isRefused(before, each))
                .forEach(each -> refused.putIfAbsent(each.table(), each));
        if (refused.isEmpty()) {
            return;
        }
        String full = refused.values().stream()
                .filter(RefusedChanges::fullHelps)
                .limit(MOST_NAMED)
                .map(each -> PublicationSql.full(each.table()))
                .collect(Collectors.joining(" "));
        throw new WalwireException(
                ErrorCode.PUBLICATION,
                "Nothing is published: PostgreSQL would refuse updates and deletes, to everybody, of "
                        + named(refused.values()) + ". Give each a primary key that is not deferrable"
                        + (full.isEmpty() ? "." : ", or run: " + full)
                        + " [PUBLICATION]");
    }

    private static String named(Collection<RefusedChanges> refused) {
        String some = refused.stream()
                .limit(MOST_NAMED)
                .map(each -> each.table() + " (" + each.why() + ")")
                .collect(Collectors.joining(", "));
        return refused.size() > MOST_NAMED ? some + " and " + (refused.size() - MOST_NAMED) + " more" : some;
    }

    /** Every table that is named, and those that a subscribed schema has now: FOR TABLES IN SCHEMA needs a superuser. */
    private Set<TableName> wanted(
            Connection connection, List<TablePattern> subscriptions, Collection<TableName> handled)
            throws SQLException {
        Set<TableName> wanted = new LinkedHashSet<>(handled);
        for (TablePattern pattern : subscriptions) {
            String schema = pattern.schema();
            if (pattern.tableName().isPresent()) {
                wanted.add(pattern.tableName().get());
            } else if (schema != null) {
                wanted.addAll(Publications.tablesOf(connection, schema));
            } else if (comment(connection).isOfEveryTable()) {
                wanted.addAll(everyTable(connection));
            }
        }
        return wanted;
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
                    PublicationComment comment = comment(connection);
                    comment.markEveryTable();
                    comment.write(statement, List.of());
                }
            }
        }
    }

    /** Every table of today whose updates and deletes the server goes on to take. */
    private static Set<TableName> everyTable(Connection connection) throws SQLException {
        List<RefusedChanges> refused = RefusedChanges.ifPublished(connection, null);
        if (!refused.isEmpty()) {
            LOG.warn(
                    "Not published, because PostgreSQL would then refuse their updates and deletes: {}. Give each a primary key"
                            + " that is not deferrable, and start again.",
                    named(refused));
        }
        Set<TableName> tables = Publishable.without(connection, refused);
        tables.removeIf(table -> !TablePattern.ALL.matches(table.schema(), table.table()));
        return tables;
    }

    /** Whether the first publication lists its tables one by one. */
    private boolean isTableList(Connection connection) throws SQLException {
        boolean inSchema = connection.getMetaData().getDatabaseMajorVersion() >= 15;
        String schemas = inSchema
                ? " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_publication_namespace n WHERE n.pnpubid = p.oid)"
                : "";
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT 1 FROM pg_catalog.pg_publication p WHERE p.pubname = ? AND NOT p.puballtables" + schemas)) {
            query.setString(1, names.get(0));
            try (ResultSet row = query.executeQuery()) {
                return row.next();
            }
        }
    }

    /** Makes the list of tables what is wanted; gives those that were added. */
    private Set<TableName> alter(
            Connection connection, Statement statement, Set<TableName> wanted, List<TablePattern> subscriptions)
            throws SQLException {
        Set<TableName> added = new LinkedHashSet<>(wanted);
        String alter = "ALTER PUBLICATION " + SqlIdentifiers.quote(names.get(0));
        Set<TableName> published = publications.published(connection);
        added.removeAll(published);
        for (TableName table : List.copyOf(added)) {
            if (Partitions.isByPartition(connection, names.get(0), table)) {
                added.remove(table); // it may be in already; that no event has its name is said later
            }
        }
        PublicationComment comment = comment(connection);
        Set<TableName> own = comment.added();
        own.retainAll(published);
        Set<TableName> before = Set.copyOf(own);
        for (TableName table : added) {
            changing = table;
            execute(statement, alter + " ADD TABLE " + PublicationSql.quoted(table));
            own.add(table);
        }
        for (TableName table : exact ? List.copyOf(own) : List.<TableName>of()) {
            // a pattern wants tables that it does not add
            if (!wanted.contains(table)
                    && subscriptions.stream().noneMatch(each -> each.matches(table.schema(), table.table()))) {
                changing = table;
                execute(statement, alter + " DROP TABLE " + PublicationSql.quoted(table));
                own.remove(table);
            }
        }
        if (!own.equals(before)) {
            comment.write(statement, own);
        }
        return added;
    }

    private PublicationComment comment(Connection connection) throws SQLException {
        return PublicationComment.read(connection, names.get(0));
    }

    private static void execute(Statement statement, String sql) throws SQLException {
        LOG.info("Running: {}", sql);
        statement.execute(sql);
    }
}
