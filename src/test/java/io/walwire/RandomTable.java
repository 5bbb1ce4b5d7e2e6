package io.walwire;

import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * A table that sessions change at random. Each state of a row has a number of its own in column v, and a later one a higher number.
 *
 * @param database where
 * @param partitions whether it has two partitions, between which rows move
 * @param identity its replica identity; {@code LEAVES} if each partition has another one than the root
 */
record RandomTable(TestDatabase database, boolean partitions, String identity) {
    private static final int ROWS = 300;
    private static final int CHANGES = 250;
    private static final String BIG = "repeat(chr(97 + (random() * 25)::int), 3000)";

    /** Makes it again, and the publication of it and of table beat. */
    void create() throws SQLException {
        database.sql(
                "DROP TABLE IF EXISTS item",
                "CREATE TABLE IF NOT EXISTS beat (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
                "CREATE SEQUENCE IF NOT EXISTS versions");
        String columns =
                "CREATE TABLE item (id int NOT NULL, v bigint NOT NULL, note text, big text, part int NOT NULL)";
        database.sql(columns + (partitions ? " PARTITION BY LIST (part)" : ""));
        if (partitions) {
            database.sql(
                    "CREATE TABLE item_0 PARTITION OF item FOR VALUES IN (0)",
                    "CREATE TABLE item_1 PARTITION OF item FOR VALUES IN (1)");
        }
        database.sql(
                "ALTER TABLE item ALTER big SET STORAGE EXTERNAL",
                "ALTER TABLE item ADD PRIMARY KEY (id, part)",
                "INSERT INTO item SELECT i, nextval('versions'), 'n', " + BIG + ", "
                        + (identity.equals("LEAVES") ? "i % 2" : "0") + " FROM generate_series(1, " + ROWS + ") i");
        if (identity.equals("LEAVES")) {
            database.sql(
                    "ALTER TABLE item_0 REPLICA IDENTITY FULL",
                    "CREATE UNIQUE INDEX by_version ON item_1 (v)",
                    "ALTER TABLE item_1 REPLICA IDENTITY USING INDEX by_version");
        } else if (!partitions) {
            database.sql("ALTER TABLE item DROP CONSTRAINT item_pkey", "ALTER TABLE item ADD PRIMARY KEY (id)");
            database.sql("CREATE UNIQUE INDEX by_id ON item (id)", "ALTER TABLE item REPLICA IDENTITY " + identity);
        }
        database.sql(
                "DROP PUBLICATION IF EXISTS events",
                "CREATE PUBLICATION events FOR TABLE item, beat WITH (publish_via_partition_root = true)");
    }

    /** Random changes; one key is changed by one session at a time, so that its versions follow its commits. */
    void write(Random random, boolean truncates) throws SQLException {
        write(random, truncates, 0, 1);
    }

    /**
     * The same, where each of some sessions has keys of its own, and nothing is written beside a TRUNCATE. So the versions of a key
     * follow transaction ids, too.
     */
    void write(Random random, boolean truncates, int session, int sessions) throws SQLException {
        try (Connection connection = database.connect()) {
            write(connection, random, truncates, session, sessions);
        }
    }

    /** The same on a connection, which may be to another server that has the database. */
    void write(Connection connection, Random random, boolean truncates, int session, int sessions) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (int i = 0; i < CHANGES; i++) {
                // before any other lock, so that none waits in a circle with those who define the table again
                boolean isTruncate = truncates && i == CHANGES / 2;
                if (sessions > 1) {
                    statement.execute("SELECT pg_advisory_xact_lock" + (isTruncate ? "" : "_shared") + "(-1)");
                }
                statement.execute(isTruncate ? "TRUNCATE item" : "LOCK TABLE item IN ROW EXCLUSIVE MODE");
                int changes = 1 + random.nextInt(3);
                int id = random.nextInt(ROWS + 20);
                for (int j = 0; j < changes; j++) {
                    id = Math.min(id + random.nextInt(20), ROWS + 400); // in one order, so that none waits in a circle
                    id = id - id % sessions + session;
                    statement.execute("SELECT pg_advisory_xact_lock(" + id + ")");
                    statement.execute(change(random, id));
                    if (random.nextInt(6) == 0) {
                        statement.execute("SAVEPOINT s");
                        statement.execute(change(random, id));
                        statement.execute("ROLLBACK TO s");
                    }
                }
                if (random.nextInt(8) == 0) {
                    connection.rollback();
                } else {
                    connection.commit();
                }
            }
        }
    }

    private String change(Random random, int id) {
        String of = " WHERE id = " + id;
        int kind = identity.equals("NOTHING") ? 0 : random.nextInt(8);
        return switch (kind) {
            case 0 ->
                "INSERT INTO item SELECT " + id + ", nextval('versions'), 'inserted', " + BIG + ", 0"
                        + " WHERE NOT EXISTS (SELECT FROM item" + of + ")";
            case 1 -> "DELETE FROM item" + of;
            case 2 -> "UPDATE item SET v = nextval('versions'), big = " + BIG + of;
            case 3 ->
                "UPDATE item SET v = nextval('versions'), id = id + 100000" + of
                        + " AND NOT EXISTS (SELECT FROM item WHERE id = " + (id + 100_000) + ")";
            case 4 -> "UPDATE item SET v = nextval('versions'), part = " + (partitions ? random.nextInt(2) : 0) + of;
            default -> "UPDATE item SET v = nextval('versions'), note = note || 'x'" + of;
        };
    }

    /** Rewrites it, and defines it again. */
    void define() throws SQLException {
        database.sql(
                "VACUUM FULL item",
                "ALTER TABLE item ADD more int DEFAULT 7",
                "ALTER TABLE item RENAME more TO most",
                "ALTER TABLE item ALTER note TYPE varchar(5000)",
                "ALTER TABLE item ALTER most TYPE bigint",
                "ALTER TABLE item DROP most");
    }

    /** The rows, from the id to all else. */
    Map<String, String> rows() throws SQLException {
        try (Connection connection = database.connect()) {
            return rows(connection);
        }
    }

    /** The same on a connection, which may be to another server that has the database. */
    static Map<String, String> rows(Connection connection) throws SQLException {
        Map<String, String> rows = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT id, v, note, big FROM item")) {
            while (row.next()) {
                rows.put(row.getString(1), row.getString(2) + " " + row.getString(3) + " " + row.getString(4));
            }
        }
        return rows;
    }

    /** What a thread does. */
    @FunctionalInterface
    interface Work {
        void run() throws Exception;
    }

    /** Starts a thread. */
    static CompletableFuture<Void> thread(Work work) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        work.run();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> new Thread(task, "beside").start());
    }
}
