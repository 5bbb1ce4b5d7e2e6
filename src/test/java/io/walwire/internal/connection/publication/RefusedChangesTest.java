package io.walwire.internal.connection.publication;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.text.TableName;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is said of a table's updates and deletes, against what the server does, over everything that it decides by: an eighth
 * of all combinations, another one for each version; all of them with {@code -Dwalwire.proof.full=true}.
 */
class RefusedChangesTest {
    private static final List<String> KEYS = List.of(
            "", ", PRIMARY KEY (id)", ", PRIMARY KEY (id) DEFERRABLE", ", UNIQUE (id)", ", PRIMARY KEY (gen, id)");
    private static final List<String> IDENTITIES =
            List.of("DEFAULT", "FULL", "NOTHING", "USING INDEX \"%s\"", "dropped");
    private static final boolean FULL = Boolean.getBoolean("walwire.proof.full");
    private static final List<String> SHAPES = List.of("table", "leaf", "leaf by root");

    private record Case(String name, String key, String identity, String column, Published published, String shape) {
        @Override
        public String toString() {
            return name + ": key '" + key + "', identity " + identity + ", column '" + column + "', " + published + ", "
                    + shape;
        }
    }

    /** A publication's entry of the table, and its options. */
    private record Published(String entry, String options) {}

    private static List<Published> published(int version) {
        List<Published> all = new ArrayList<>(List.of(
                new Published("", ""),
                new Published("", "publish = 'insert'"),
                new Published("", "publish = 'update'"),
                new Published("", "publish = 'delete, truncate'")));
        if (version >= 15) {
            all.add(new Published(" WHERE (id > 0)", ""));
            all.add(new Published(" WHERE (v > 0 OR id IS NULL)", "publish = 'update'"));
            all.add(new Published(" (v)", ""));
            all.add(new Published(" (id, v)", "publish = 'delete'"));
            all.add(new Published(" (id, v) WHERE (v > 0)", ""));
        }
        if (version >= 18) {
            all.add(new Published("", "publish_generated_columns = stored"));
        }
        return all;
    }

    private static List<Case> cases(int version) {
        List<String> columns = version >= 18
                ? List.of(
                        "gen int", "gen int GENERATED ALWAYS AS (7) STORED", "gen int GENERATED ALWAYS AS (7) VIRTUAL")
                : List.of("gen int", "gen int GENERATED ALWAYS AS (7) STORED");
        List<Case> cases = new ArrayList<>();
        Random random = new Random(version);
        for (String key : KEYS) {
            for (String identity : IDENTITIES) {
                for (String column : columns) {
                    for (Published published : published(version)) {
                        for (String shape : SHAPES) {
                            Case made = new Case("t" + cases.size(), key, identity, column, published, shape);
                            if (isPossible(made) && (FULL || random.nextInt(8) == 0)) {
                                cases.add(made);
                            }
                        }
                    }
                }
            }
        }
        return cases;
    }

    private static boolean isPossible(Case made) {
        boolean byIndex = made.identity.contains("INDEX") || made.identity.equals("dropped");
        boolean unique = made.key.contains("UNIQUE") || made.key.endsWith("(id)");
        boolean virtualKey = made.key.contains("gen") && made.column.contains("VIRTUAL");
        boolean leafOfLittleInterest = !made.shape.equals("table") && made.column.contains("VIRTUAL");
        return (!byIndex || unique) && !virtualKey && !leafOfLittleInterest;
    }

    private static String create(Case made) {
        String columns = "(id int NOT NULL, v int, " + made.column + made.key + ")";
        String root = "root_" + made.name;
        List<String> sql = new ArrayList<>();
        if (made.shape.equals("table")) {
            sql.add("CREATE TABLE " + made.name + " " + columns);
        } else {
            // attribute numbers differ from the root's
            sql.add("CREATE TABLE " + root + " (" + made.column.replace(" VIRTUAL", " STORED")
                    + ", v int, id int NOT NULL) PARTITION BY RANGE (id)");
            sql.add("CREATE TABLE " + made.name + " " + columns);
            sql.add("ALTER TABLE " + root + " ATTACH PARTITION " + made.name + " FOR VALUES FROM (0) TO (9)");
        }
        String index = made.name + (made.key.contains("UNIQUE") ? "_id_key" : "_pkey");
        String identity = made.identity.equals("dropped") ? "USING INDEX \"%s\"" : made.identity;
        sql.add("ALTER TABLE " + made.name + " REPLICA IDENTITY " + identity.formatted(index));
        if (made.identity.equals("dropped")) {
            sql.add("ALTER TABLE " + made.name + " DROP CONSTRAINT " + index);
        }
        String options = made.published.options
                + (made.shape.equals("leaf by root")
                        ? (made.published.options.isEmpty() ? "" : ", ") + "publish_via_partition_root"
                        : "");
        boolean ofRoot = made.shape.equals("leaf by root");
        sql.add("CREATE PUBLICATION p_" + made.name + " FOR TABLE " + (ofRoot ? root : made.name) + made.published.entry
                + (options.isEmpty() ? "" : " WITH (" + options + ")"));
        return String.join("; ", sql);
    }

    /** Creates it, unless the server does not allow it. */
    private static boolean isCreated(Connection connection, Statement statement, Case made) throws SQLException {
        try {
            statement.execute(create(made));
            connection.commit();
            return true;
        } catch (SQLException e) {
            connection.rollback();
            return false;
        }
    }

    private static boolean isRefused(Connection connection, Statement statement, String sql) throws SQLException {
        try {
            statement.execute(sql);
            return false;
        } catch (SQLException e) {
            assertThat(e.getSQLState()).as(e.getMessage()).isIn("55000", "42P10");
            return true;
        } finally {
            connection.rollback();
        }
    }

    private static String verdict(boolean update, boolean delete) {
        return (update ? "update " : "") + (delete ? "delete" : "");
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void answer_isWhatTheServerDoes(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version));
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            Map<String, Case> made = new LinkedHashMap<>();
            Map<String, String> expected = new TreeMap<>();
            for (Case each : cases(version)) {
                if (isCreated(connection, statement, each)) {
                    made.put(each.name, each);
                    boolean update = isRefused(connection, statement, "UPDATE " + each.name + " SET v = 1");
                    boolean delete = isRefused(connection, statement, "DELETE FROM " + each.name);
                    expected.put(each.toString(), verdict(update, delete));
                }
            }
            List<String> publications =
                    made.keySet().stream().map(name -> "p_" + name).toList();
            Map<String, boolean[]> said = new LinkedHashMap<>();
            for (RefusedChanges each : RefusedChanges.of(connection, publications)) {
                boolean[] refused = said.computeIfAbsent(each.table().table(), name -> new boolean[2]);
                refused[0] |= each.update();
                refused[1] |= each.delete();
            }
            Map<String, String> actual = new TreeMap<>();
            made.forEach((name, each) -> {
                boolean[] refused = said.getOrDefault(name, new boolean[2]);
                actual.put(each.toString(), verdict(refused[0], refused[1]));
            });
            assertThat(made).hasSizeGreaterThan(version >= 15 ? 40 : 15);
            assertThat(actual).isEqualTo(expected);
            assertPredicted(connection, statement, List.copyOf(made.values()));
        }
    }

    /** What is said before statements are run, against what is said after them. */
    /** With the square of their number it takes sixty times as long. */
    @Test
    void tenTimesAsManyTables_takeNoMoreThanTheirShare() throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(18));
                Connection connection = database.connect()) {
            database.sql("CREATE PUBLICATION events FOR ALL TABLES");
            createTables(database, 1, 500);
            long few = nanos(connection);
            createTables(database, 501, 5_000);
            assertThat(nanos(connection)).isLessThan(20 * few);
        }
    }

    private static void createTables(TestDatabase database, int first, int last) throws SQLException {
        for (int from = first; from <= last; from += 500) { // a transaction has locks for so many
            database.sql("DO $$ BEGIN FOR i IN " + from + ".." + Math.min(last, from + 499)
                    + " LOOP EXECUTE 'CREATE TABLE many_' || i || ' (id int PRIMARY KEY)'; END LOOP; END $$");
        }
    }

    /** The shortest of some. */
    private static long nanos(Connection connection) throws SQLException {
        long shortest = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long began = System.nanoTime();
            assertThat(RefusedChanges.of(connection, List.of("events"))).isEmpty();
            shortest = Math.min(shortest, System.nanoTime() - began);
        }
        return shortest;
    }

    private static void assertPredicted(Connection connection, Statement statement, List<Case> made)
            throws SQLException {
        List<TableName> tables =
                made.stream().map(each -> new TableName("public", each.name)).toList();
        statement.execute("CREATE PUBLICATION extra");
        List<String> full = new ArrayList<>();
        List<String> add = new ArrayList<>();
        for (Case each : made) {
            full.add("ALTER TABLE " + each.name + " REPLICA IDENTITY FULL");
            add.add("ALTER PUBLICATION extra ADD TABLE ONLY " + each.name);
        }
        assertPredicted(connection, statement, Alteration.full(tables), full);
        assertPredicted(connection, statement, Alteration.adding("extra", tables), add);
        List<String> partial = made.stream()
                .filter(each -> each.published.options.startsWith("publish ="))
                .map(each -> "p_" + each.name)
                .limit(FULL ? made.size() : 8)
                .toList();
        for (String each : partial) {
            String everything = "ALTER PUBLICATION " + each + " SET (publish = 'insert, update, delete')";
            assertPredicted(connection, statement, Alteration.everything(each), List.of(everything));
        }
    }

    private static void assertPredicted(
            Connection connection, Statement statement, Alteration alteration, List<String> sql) throws SQLException {
        List<RefusedChanges> predicted = RefusedChanges.after(connection, alteration);
        List<String> publications = Publications.all(connection);
        List<RefusedChanges> before = RefusedChanges.of(connection, publications);
        Savepoint savepoint = connection.setSavepoint();
        statement.execute(String.join("; ", sql));
        List<RefusedChanges> after = RefusedChanges.of(connection, publications);
        connection.rollback(savepoint);
        assertThat(predicted).as(String.join("; ", sql)).isEqualTo(RefusedChanges.beyond(before, after));
    }
}
