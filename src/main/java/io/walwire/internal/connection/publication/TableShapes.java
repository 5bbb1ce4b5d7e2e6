package io.walwire.internal.connection.publication;

import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.catalog.TableShape;
import io.walwire.internal.connection.catalog.TableShape.ShapeColumn;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads from the catalog what a table looks like to those who listen to it. */
public final class TableShapes {
    private static final int COLUMN_LISTS_SINCE = 15;
    private static final int GENERATED_PUBLISHED_SINCE = 18;

    private static final String TABLE = """
            SELECT c.oid, c.relreplident
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p')""";

    private static final String COLUMNS = """
            SELECT a.attname, a.attgenerated <> '' AS is_generated, t.typname,
                   (WITH RECURSIVE base AS (
                        SELECT t.oid, t.typtype, t.typbasetype
                        UNION ALL
                        SELECT b.oid, b.typtype, b.typbasetype
                        FROM base JOIN pg_catalog.pg_type b ON b.oid = base.typbasetype WHERE base.typtype = 'd')
                    SELECT base.oid FROM base WHERE base.typtype <> 'd') AS base_type,
                   a.attgenerated = 'v' AS is_virtual
            FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = ?::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum""";

    private static final String KEY = """
            SELECT a.attname
            FROM pg_catalog.pg_index i
            CROSS JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indrelid = ?::pg_catalog.oid AND k.place <= i.indnkeyatts
              AND CASE WHEN ? THEN i.indisreplident ELSE i.indisprimary END
            ORDER BY k.place""";

    private static final String IN_PUBLICATIONS =
            " FROM " + PublishedTables.PLACE + " p WHERE p.pubname = ANY (?) AND p.schemaname = ? AND p.tablename = ?";

    private static final String LISTED = "SELECT DISTINCT pg_catalog.unnest(p.attnames)" + IN_PUBLICATIONS;

    private static final String PUBLISHED = "SELECT 1" + IN_PUBLICATIONS;

    private final Database database;
    private final WalwireConfig.Publication publication;
    private final List<String> publications;

    /** A row of {@code pg_class}. */
    private record Found(long oid, String identity) {}

    /**
     * The tables of a database.
     *
     * @param database where
     * @param publication the publications that are read, and whether Walwire adds tables itself
     */
    public TableShapes(Database database, WalwireConfig.Publication publication) {
        this.database = database;
        this.publication = publication;
        this.publications = publication.names();
    }

    /**
     * Reads one table's.
     *
     * @param table its name
     * @return what the catalog says, also if there is no such table
     * @throws SQLException if the catalog cannot be read
     */
    public TableShape read(TableName table) throws SQLException {
        try (Connection connection = database.open()) {
            Found found = find(connection, table);
            return found == null ? missing(connection) : shape(connection, table, found);
        }
    }

    /**
     * Reads one table's, as those see it whose rows triggers capture: whole.
     *
     * @param database where
     * @param table its name
     * @param captured the tables that have the triggers
     * @return what the catalog says, also if there is no such table
     * @throws SQLException if the catalog cannot be read
     */
    public static TableShape readCaptured(Database database, TableName table, Collection<TableName> captured)
            throws SQLException {
        try (Connection connection = database.open()) {
            Found found = find(connection, table);
            if (found == null) {
                List<String> others = captured.stream().map(TableName::toString).toList();
                return new TableShape(false, false, List.of(), others, Map.of(), Set.of(), List.of(), Set.of(), true);
            }
            Map<String, ShapeColumn> columns = new LinkedHashMap<>();
            Set<String> without = new LinkedHashSet<>();
            try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
                statement.setLong(1, found.oid());
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        if (row.getBoolean(5)) {
                            without.add(row.getString(1));
                        } else {
                            columns.put(row.getString(1), new ShapeColumn(row.getString(3), row.getLong(4)));
                        }
                    }
                }
            }
            List<String> key = key(connection, found.oid(), false);
            boolean whole = columns.keySet().containsAll(key);
            return new TableShape(
                    true,
                    captured.contains(table),
                    List.of(),
                    List.of(),
                    columns,
                    without,
                    whole ? key : List.of(),
                    columns.keySet(),
                    true);
        }
    }

    /**
     * How a table that exists comes into the publications.
     *
     * @param table that is in none of them
     * @return for people, beginning with a blank
     * @throws SQLException if the catalog cannot be read
     */
    public String howToPublish(TableName table) throws SQLException {
        try (Connection connection = database.open()) {
            return new Publications(database, publication).howToPublish(connection, table);
        }
    }

    /**
     * How whole old rows of a table come.
     *
     * @param table whose replica identity was not FULL
     * @return for people, beginning with a blank; empty if they come by now
     * @throws SQLException if the catalog cannot be read
     */
    public String howToSendOldRows(TableName table) throws SQLException {
        try (Connection connection = database.open()) {
            return PartialIdentity.of(connection, List.of(table)).stream()
                    .map(each -> " " + each.advice("To have them"))
                    .findFirst()
                    .orElse("");
        }
    }

    private static @Nullable Found find(Connection connection, TableName table) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TABLE)) {
            statement.setString(1, table.schema());
            statement.setString(2, table.table());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? new Found(row.getLong(1), row.getString(2)) : null;
            }
        }
    }

    private TableShape missing(Connection connection) throws SQLException {
        List<String> published = new ArrayList<>();
        new Publications(database, publication).published(connection).forEach(table -> published.add(table.toString()));
        return new TableShape(false, false, publications, published, Map.of(), Set.of(), List.of(), Set.of(), false);
    }

    private TableShape shape(Connection connection, TableName table, Found found) throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        Set<String> listed = version < COLUMN_LISTS_SINCE ? null : listed(connection, table);
        boolean isPublished = listed == null ? isPublished(connection, table) : !listed.isEmpty();
        Map<String, ShapeColumn> columns = new LinkedHashMap<>();
        Set<String> unpublished = new LinkedHashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setLong(1, found.oid());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String name = row.getString(1);
                    boolean left = row.getBoolean(2) && version < GENERATED_PUBLISHED_SINCE;
                    boolean sent = listed == null || !isPublished || listed.contains(name);
                    if (left || !sent) {
                        unpublished.add(name);
                    } else {
                        columns.put(name, new ShapeColumn(row.getString(3), row.getLong(4)));
                    }
                }
            }
        }
        List<String> primary = key(connection, found.oid(), false);
        List<String> key = found.identity().equals("i") ? key(connection, found.oid(), true) : primary;
        boolean full = PartialIdentity.isFull(connection, table);
        Set<String> identity = full ? columns.keySet() : found.identity().equals("n") ? Set.of() : Set.copyOf(key);
        boolean whole = columns.keySet().containsAll(key);
        return new TableShape(
                true,
                isPublished,
                publications,
                List.of(),
                columns,
                unpublished,
                whole ? key : List.of(),
                identity,
                full);
    }

    /** The columns that the publications list; none if the table is in none of them. */
    private Set<String> listed(Connection connection, TableName table) throws SQLException {
        Set<String> listed = new LinkedHashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(PublishedTables.in(LISTED, connection))) {
            bind(statement, connection, table);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    listed.add(rows.getString(1));
                }
            }
        }
        return listed;
    }

    private boolean isPublished(Connection connection, TableName table) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PublishedTables.in(PUBLISHED, connection))) {
            bind(statement, connection, table);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }

    private void bind(PreparedStatement statement, Connection connection, TableName table) throws SQLException {
        statement.setArray(1, connection.createArrayOf("text", publications.toArray()));
        statement.setString(2, table.schema());
        statement.setString(3, table.table());
    }

    private static List<String> key(Connection connection, long table, boolean ofIdentity) throws SQLException {
        List<String> key = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(KEY)) {
            statement.setLong(1, table);
            statement.setBoolean(2, ofIdentity);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    key.add(rows.getString(1));
                }
            }
        }
        return key;
    }
}
