package io.walwire;

import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A table {@code bare} without a key, in which rows may be equal, and that sessions change at random.
 *
 * @param database where
 * @param partitions whether it has three partitions
 * @param identity its replica identity, FULL or NOTHING
 */
record BareTable(TestDatabase database, boolean partitions, String identity) {
    private static final int ROWS = 300;
    private static final int VALUES = 100;
    private static final int CHANGES = 150;
    private static final String BIG = "repeat(chr(97 + (random() * 25)::int), 3000)";

    /** Makes it, and the publication of it and of table beat. */
    void create() throws SQLException {
        database.sql(
                "CREATE TABLE beat (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
                "CREATE TABLE bare (a int, note text, big text)" + (partitions ? " PARTITION BY HASH (a)" : ""));
        identify("bare");
        for (int i = 0; i < 3 && partitions; i++) {
            database.sql(
                    "CREATE TABLE bare_" + i + " PARTITION OF bare FOR VALUES WITH (MODULUS 3, REMAINDER " + i + ")");
            identify("bare_" + i);
        }
        database.sql(
                "INSERT INTO bare SELECT i % " + VALUES + ", 'n', " + BIG + " FROM generate_series(1, " + ROWS + ") i",
                "INSERT INTO bare SELECT i % 10, NULL, NULL FROM generate_series(1, 50) i",
                "CREATE PUBLICATION events FOR TABLE bare, beat WITH (publish_via_partition_root = true)");
    }

    private void identify(String table) throws SQLException {
        database.sql(
                "ALTER TABLE " + table + " ALTER big SET STORAGE EXTERNAL",
                "ALTER TABLE " + table + " REPLICA IDENTITY " + identity);
    }

    /** Random changes, of equal rows too. */
    void write(Random random, boolean truncates) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (int i = 0; i < CHANGES; i++) {
                // before any other lock, so that none waits in a circle with those who define the table again
                statement.execute(
                        truncates && i == CHANGES / 2 ? "TRUNCATE bare" : "LOCK TABLE bare IN ROW EXCLUSIVE MODE");
                int a = random.nextInt(VALUES);
                for (int left = 1 + random.nextInt(3); left > 0; left--) {
                    a += random.nextInt(5); // in one order, so that none waits in a circle
                    statement.execute("SELECT pg_advisory_xact_lock(" + a + ")");
                    statement.execute(change(random, a));
                }
                if (random.nextInt(8) == 0) {
                    connection.rollback();
                } else {
                    connection.commit();
                }
            }
        }
    }

    private String change(Random random, int a) {
        String some = " WHERE a = " + a + " AND random() < 0.5";
        return switch (identity.equals("NOTHING") ? 0 : random.nextInt(6)) {
            case 0 -> "INSERT INTO bare VALUES (" + a + ", 'inserted', " + BIG + ")";
            case 1 -> "DELETE FROM bare" + some;
            case 2 -> "UPDATE bare SET big = " + BIG + some;
            case 3 -> "INSERT INTO bare SELECT " + a + ", 'many', " + BIG + " FROM generate_series(1, 40)";
            default -> "UPDATE bare SET note = coalesce(note, '') || 'x'" + some;
        };
    }

    /** Rewrites it, and defines it again. */
    void define() throws SQLException {
        database.sql("VACUUM FULL bare", "ALTER TABLE bare ADD more int DEFAULT 7", "ALTER TABLE bare DROP more");
    }

    /** How often it has each row. */
    Map<String, Long> rows() throws SQLException {
        Map<String, Long> rows = new TreeMap<>();
        database.query("SELECT a, note, big, count(*) AS n FROM bare GROUP BY a, note, big")
                .forEach(row -> rows.put(
                        row.get("a") + " " + row.get("note") + " " + row.get("big"),
                        Long.parseLong(String.valueOf(row.get("n")))));
        return rows;
    }
}
