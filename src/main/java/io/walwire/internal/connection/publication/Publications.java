package io.walwire.internal.connection.publication;

import io.walwire.error.Advice;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.text.Nearest;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Checks that the publications exist and hold the tables that are wanted. */
public final class Publications {
    /** The first version with publications of schemas. */
    static final int SCHEMAS_SINCE = 15;

    private static final String SUBSCRIBED = "Subscribed table ";
    private static final String HANDLED = "A handler listens to table ";
    private static final String TABLES = """
            SELECT n.nspname, c.relname
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND NOT starts_with(n.nspname, 'pg_')
            ORDER BY 1, 2""";

    private static final String PUBLISHED = "SELECT DISTINCT t.schemaname, t.tablename FROM " + PublishedTables.PLACE
            + " t WHERE t.pubname = ANY (?) ORDER BY 1, 2";

    private final Database database;
    private final List<String> names;
    private final boolean managed;

    /**
     * Publications of a database.
     *
     * @param database where
     * @param publication which publications, and whether Walwire adds tables itself
     */
    public Publications(Database database, WalwireConfig.Publication publication) {
        this.database = database;
        this.names = publication.names();
        this.managed = publication.isManaged();
    }

    /**
     * Makes sure that every publication exists and every wanted table is in one.
     *
     * @param connection a plain connection
     * @param subscriptions the subscriptions; patterns with a wildcard want no table in particular
     * @param handled tables that handlers name
     * @throws SQLException if the catalog cannot be read
     */
    public void require(Connection connection, List<TablePattern> subscriptions, Collection<TableName> handled)
            throws SQLException {
        requireExisting(connection);
        Set<TableName> published = published(connection);
        for (TablePattern subscription : subscriptions) {
            Optional<TableName> table = subscription.tableName();
            if (table.isPresent() && !published.contains(table.get())) {
                throw uncovered(connection, SUBSCRIBED, table.get(), published);
            }
        }
        for (TableName table : handled) {
            if (!published.contains(table)) {
                throw uncovered(connection, HANDLED, table, published);
            }
        }
    }

    /** Makes sure that every table that is named exists, before anything is changed for the others. */
    void requireTables(Connection connection, List<TablePattern> subscriptions, Collection<TableName> handled)
            throws SQLException {
        for (TablePattern subscription : subscriptions) {
            Optional<TableName> table = subscription.tableName();
            if (table.isPresent() && Publishable.whyNot(connection, table.get()) != null) {
                throw uncovered(connection, SUBSCRIBED, table.get(), published(connection));
            }
        }
        for (TableName table : handled) {
            if (Publishable.whyNot(connection, table) != null) {
                throw uncovered(connection, HANDLED, table, published(connection));
            }
        }
    }

    /**
     * Makes sure that every publication exists.
     *
     * @param connection a plain connection
     * @throws SQLException if the catalog cannot be read
     */
    public void requireExisting(Connection connection) throws SQLException {
        List<String> missing = new ArrayList<>(names);
        missing.removeAll(existing(connection));
        if (!missing.isEmpty()) {
            throw missing(missing.get(0));
        }
    }

    private WalwireException missing(String name) {
        return new WalwireException(
                ErrorCode.PUBLICATION,
                "Publication " + SqlIdentifiers.quote(name) + " does not exist on " + database.display() + ".",
                new Advice(
                        "Set walwire.publication.manage=true, or run with the tables to read, as bin/walwire doctor prints it:",
                        "CREATE PUBLICATION " + SqlIdentifiers.quote(name) + " FOR TABLE <tables>;"));
    }

    private WalwireException uncovered(Connection connection, String what, TableName table, Set<TableName> published)
            throws SQLException {
        String list = String.join(", ", names);
        boolean exists = exists(connection, table);
        Advice advice = exists
                ? publish(connection, table, published)
                : Advice.of(
                        "There is no such table." + folding(connection, table) + nearest(connection, table, published));
        return new WalwireException(
                ErrorCode.PUBLICATION,
                what + table + " is not in publication " + list + " on " + database.display() + ".",
                advice);
    }

    /** SQL reads Users as users; here it is Users. */
    private static String folding(Connection connection, TableName table) throws SQLException {
        TableName folded = new TableName(
                table.schema().toLowerCase(Locale.ROOT), table.table().toLowerCase(Locale.ROOT));
        return folded.equals(table) || !exists(connection, folded)
                ? ""
                : " Unlike in SQL, a name without quotes is not folded to lower case here.";
    }

    /**
     * How a table that exists comes into the publications.
     *
     * @param connection a plain connection
     * @param table that is in none of them
     * @return for people, beginning with a blank; with SQL only where it makes the server refuse nothing
     * @throws SQLException if the catalog cannot be read
     */
    String howToPublish(Connection connection, TableName table) throws SQLException {
        return " " + publish(connection, table, published(connection));
    }

    private Advice publish(Connection connection, TableName table, Set<TableName> published) throws SQLException {
        Advice whyNot = Publishable.whyNot(connection, table);
        if (whyNot != null) {
            return whyNot;
        }
        Optional<Partitions.OtherName> other = Partitions.find(connection, names, table, published);
        if (other.isPresent()) {
            return new Advice(other.get().sentence(), other.get().sql());
        }
        List<RefusedChanges> refused = RefusedChanges.ifAdded(connection, names.get(0), List.of(table));
        String add = PublicationSql.add(names.get(0), List.of(table), refused);
        if (refused.isEmpty()) {
            return new Advice(managed ? "Run:" : "Set walwire.publication.manage=true, or run:", add);
        }
        String warning = "Once it is published, PostgreSQL refuses its updates and deletes: "
                + refused.get(0).why() + ". Give it a primary key that is not deferrable first";
        boolean full = refused.stream().allMatch(RefusedChanges::fullHelps);
        return full ? new Advice(warning + ", or run:", add) : Advice.of(warning + ".");
    }

    private static String nearest(Connection connection, TableName table, Set<TableName> published)
            throws SQLException {
        List<String> candidates = new ArrayList<>();
        published.forEach(each -> candidates.add(each.toString()));
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(TABLES)) {
            while (rows.next()) {
                candidates.add(new TableName(rows.getString(1), rows.getString(2)).toString());
            }
        }
        return Nearest.of(table.toString(), candidates)
                .map(near -> " Did you mean " + near + "?")
                .orElse("");
    }

    private static boolean exists(Connection connection, TableName table) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                        + " WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p')")) {
            statement.setString(1, table.schema());
            statement.setString(2, table.table());
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /** The tables of a schema that can be published; of a partitioned one the root. */
    static List<TableName> tablesOf(Connection connection, String schema) throws SQLException {
        List<TableName> tables = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                        + " WHERE n.nspname = ? AND c.relkind IN ('r', 'p') AND c.relpersistence = 'p'"
                        + " AND NOT c.relispartition ORDER BY 1")) {
            statement.setString(1, schema);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    tables.add(new TableName(schema, rows.getString(1)));
                }
            }
        }
        return tables;
    }

    /**
     * Which of the publications exist.
     *
     * @param connection a plain connection
     * @return their raw names
     * @throws SQLException if the catalog cannot be read
     */
    public List<String> existing(Connection connection) throws SQLException {
        List<String> existing = new ArrayList<>();
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT pubname FROM pg_catalog.pg_publication WHERE pubname = ANY (?)")) {
            statement.setArray(1, connection.createArrayOf("text", names.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    existing.add(rows.getString(1));
                }
            }
        }
        return existing;
    }

    /** Whether a publication exists, and lists its tables one by one. */
    static boolean isTableList(Connection connection, String publication) throws SQLException {
        boolean inSchema = connection.getMetaData().getDatabaseMajorVersion() >= SCHEMAS_SINCE;
        String schemas = inSchema
                ? " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_publication_namespace n WHERE n.pnpubid = p.oid)"
                : "";
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT 1 FROM pg_catalog.pg_publication p WHERE p.pubname = ? AND NOT p.puballtables" + schemas)) {
            query.setString(1, publication);
            try (ResultSet row = query.executeQuery()) {
                return row.next();
            }
        }
    }

    /** The raw names of all publications of the database. */
    static List<String> all(Connection connection) throws SQLException {
        List<String> all = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT pubname FROM pg_catalog.pg_publication")) {
            while (rows.next()) {
                all.add(rows.getString(1));
            }
        }
        return all;
    }

    /**
     * The tables of the publications.
     *
     * @param connection a plain connection
     * @return all of them together
     * @throws SQLException if the catalog cannot be read
     */
    public Set<TableName> published(Connection connection) throws SQLException {
        Set<TableName> published = new LinkedHashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(PublishedTables.in(PUBLISHED, connection))) {
            statement.setArray(1, connection.createArrayOf("text", names.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    published.add(new TableName(rows.getString(1), rows.getString(2)));
                }
            }
        }
        return published;
    }
}
