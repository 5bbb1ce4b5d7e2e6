package io.walwire.reliability;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens in the database: several writers with a random sequence of their own each. Whether a transaction committed
 * whose server stopped is nothing that a writer needs to know, for the log and the tables tell.
 */
final class History implements AutoCloseable {
    static final String PUBLICATION = "events";

    /** The table whose row ends a history. */
    static final String FENCE = "fence";

    static final List<String> TABLES =
            List.of("account", "whole", "document", "reading_0", "reading_1", "reading_2", "scratch", "tally", FENCE);

    /** Those that are updated by key; the partitioned one by its name. */
    private static final List<String> UPDATED = List.of("account", "whole", "document", "reading");

    private static final Logger LOG = LoggerFactory.getLogger(History.class);
    private static final int KEYS = 60;
    private static final int LARGE = 1_500;

    /** More than a server keeps in the least of memory. */
    private static final int CHUNK = 500;

    private static final int LONGEST_TRANSACTION_MILLIS = 400;
    private static final int MOST_PAUSE_MILLIS = 50;
    private static final int LONGEST_PREPARED_MILLIS = 300;
    private static final String GID = "history_";

    private final boolean undecided;
    private final Callable<Connection> connect;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Future<?>> writers = new ArrayList<>();

    /**
     * Begins to write.
     *
     * @param seed decides what each writer does
     * @param writers how many
     * @param undecided whether many transactions are large, in part rolled back, or prepared before they commit
     * @param connect a connection to the server, which may be away
     */
    History(long seed, int writers, boolean undecided, Callable<Connection> connect) {
        this.undecided = undecided;
        this.connect = connect;
        for (int i = 0; i < writers; i++) {
            Random random = new Random(seed * 31 + i);
            String gid = GID + i;
            this.writers.add(threads.submit(() -> keepWriting(random, gid)));
        }
    }

    /** The tables, each of id, version and body, and their publication. */
    static String[] schema() {
        List<String> sql = new ArrayList<>();
        String columns = " (id int PRIMARY KEY, version int NOT NULL, body text)";
        for (String table : List.of("account", "whole", "document", "scratch", "tally", FENCE)) {
            sql.add("CREATE TABLE " + table + columns);
        }
        sql.add("ALTER TABLE whole REPLICA IDENTITY FULL");
        // bodies of which an update that leaves them alone sends nothing
        sql.add("ALTER TABLE document ALTER body SET STORAGE EXTERNAL");
        sql.add("CREATE SEQUENCE tallied");
        sql.add("CREATE TABLE reading" + columns + " PARTITION BY HASH (id)");
        for (int i = 0; i < 3; i++) {
            sql.add("CREATE TABLE reading_" + i + " PARTITION OF reading FOR VALUES WITH (MODULUS 3, REMAINDER " + i
                    + ")");
        }
        sql.add("CREATE PUBLICATION " + PUBLICATION + " FOR ALL TABLES");
        return sql.toArray(String[]::new);
    }

    private @Nullable Void keepWriting(Random random, String gid) throws Exception {
        while (!pause(random)) {
            try {
                writeUntilTheServerIsAway(random, gid);
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                LOG.debug("The server is away; it will be asked again", e);
            }
        }
        try (Connection connection = connect.call()) {
            settle(connection, gid, true);
        }
        return null;
    }

    private void writeUntilTheServerIsAway(Random random, String gid) throws Exception {
        try (Connection connection = connect.call()) {
            settle(connection, gid, random.nextBoolean());
            connection.setAutoCommit(false);
            while (!pause(random)) {
                try {
                    transaction(connection, random, gid);
                } catch (SQLException e) {
                    connection.rollback();
                }
            }
        }
    }

    private boolean pause(Random random) throws InterruptedException {
        return ended.await(random.nextInt(MOST_PAUSE_MILLIS), TimeUnit.MILLISECONDS);
    }

    private void transaction(Connection connection, Random random, String gid)
            throws SQLException, InterruptedException {
        execute(connection, "SET LOCAL lock_timeout = '2s'");
        int dice = random.nextInt(200);
        if (dice == 0) {
            execute(connection, "TRUNCATE scratch");
        } else if (dice == 1) {
            large(connection, random, LARGE);
        }
        if (undecided && random.nextInt(25) == 0) {
            largeInSavepoints(connection, random);
        }
        for (int changes = 1 + random.nextInt(6); changes > 0; changes--) {
            if (random.nextInt(10) == 0) {
                rolledBack(connection, random);
            }
            change(connection, random);
        }
        if (random.nextInt(50) == 0) {
            // others commit meanwhile, whose changes then lie behind these in the log, and are sent before them
            ended.await(random.nextInt(LONGEST_TRANSACTION_MILLIS), TimeUnit.MILLISECONDS);
            change(connection, random);
        }
        if (random.nextInt(20) == 0) {
            connection.rollback();
        } else if (undecided && random.nextInt(6) == 0) {
            prepared(connection, random, gid);
        } else {
            connection.commit();
        }
    }

    private static void largeInSavepoints(Connection connection, Random random) throws SQLException {
        for (int i = random.nextInt(3); i >= 0; i--) {
            Savepoint savepoint = connection.setSavepoint();
            large(connection, random, CHUNK);
            if (random.nextBoolean()) {
                connection.rollback(savepoint);
            }
        }
    }

    /** What happens to it in the end may be for a later connection to say. */
    private void prepared(Connection connection, Random random, String gid) throws SQLException, InterruptedException {
        execute(connection, "PREPARE TRANSACTION '" + gid + "'");
        connection.setAutoCommit(true);
        ended.await(random.nextInt(LONGEST_PREPARED_MILLIS), TimeUnit.MILLISECONDS);
        settle(connection, gid, random.nextInt(4) != 0);
        connection.setAutoCommit(false);
    }

    private static void settle(Connection connection, String gid, boolean commit) throws SQLException {
        boolean there;
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT 1 FROM pg_prepared_xacts WHERE gid = ?")) {
            statement.setString(1, gid);
            there = statement.executeQuery().next();
        }
        if (there) {
            execute(connection, (commit ? "COMMIT" : "ROLLBACK") + " PREPARED '" + gid + "'");
        }
    }

    private static void rolledBack(Connection connection, Random random) throws SQLException {
        Savepoint savepoint = connection.setSavepoint();
        change(connection, random);
        change(connection, random);
        connection.rollback(savepoint);
    }

    /** More than fits into a part. */
    private static void large(Connection connection, Random random, int rows) throws SQLException {
        execute(
                connection,
                "INSERT INTO tally SELECT nextval('tallied'), 1, repeat('x', g % 30) FROM generate_series(1, ?) g",
                rows);
        execute(connection, "UPDATE account SET version = version + 1, body = ?", body(random, 10));
        execute(connection, "DELETE FROM tally WHERE id % 2 = 0 AND id < currval('tallied') - 5000");
    }

    private static void change(Connection connection, Random random) throws SQLException {
        String table = UPDATED.get(random.nextInt(UPDATED.size()));
        int key = random.nextInt(KEYS);
        int dice = random.nextInt(100);
        if (dice < 25) {
            int length = table.equals("document") ? 3_000 : 20;
            execute(
                    connection,
                    "INSERT INTO " + table + " VALUES (?, 1, ?) ON CONFLICT DO NOTHING",
                    key,
                    body(random, length));
        } else if (dice < 60) {
            String body = table.equals("document") ? "" : ", body = body || 'y'";
            execute(connection, "UPDATE " + table + " SET version = version + 1" + body + " WHERE id = ?", key);
        } else if (dice < 70) {
            execute(connection, "DELETE FROM " + table + " WHERE id = ?", key);
        } else if (dice < 80) {
            changeKey(connection, table, key, random.nextInt(KEYS));
        } else if (dice < 90) {
            execute(connection, "INSERT INTO tally VALUES (nextval('tallied'), 1, ?)", body(random, 15));
        } else if (dice < 95) {
            execute(connection, "INSERT INTO scratch VALUES (nextval('tallied'), 1, ?)", body(random, 5));
        } else {
            execute(connection, "SELECT pg_logical_emit_message(?, 'note', ?)", random.nextBoolean(), body(random, 8));
        }
    }

    private static void changeKey(Connection connection, String table, int key, int to) throws SQLException {
        Savepoint savepoint = connection.setSavepoint();
        try {
            execute(connection, "UPDATE " + table + " SET id = ?, version = version + 1 WHERE id = ?", to, key);
        } catch (SQLException e) {
            connection.rollback(savepoint); // the key is taken
        }
    }

    private static void execute(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            statement.execute();
        }
    }

    private static String body(Random random, int length) {
        StringBuilder body = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            body.append((char) ('a' + random.nextInt(26)));
        }
        return body.toString();
    }

    /** Ends the writers, and waits for them. */
    void end() throws InterruptedException, ExecutionException {
        ended.countDown();
        for (Future<?> writer : writers) {
            writer.get();
        }
    }

    @Override
    public void close() {
        ended.countDown();
        threads.shutdownNow();
    }
}
