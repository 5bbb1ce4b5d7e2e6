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
 * whose server stopped is nothing that a writer needs to know, because the log and the tables show it.
 */
final class History implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(History.class);
    private static final int KEYS = 60;
    private static final int LARGE = 1_500;

    /** More than a server keeps in the least of memory. */
    private static final int CHUNK = 500;

    private static final int LONGEST_TRANSACTION_MILLIS = 400;
    private static final int MAX_PAUSE_MILLIS = 50;
    private static final int LONGEST_PREPARED_MILLIS = 300;
    private static final int LONGEST_OPEN_MILLIS = 1_200;
    private static final int LONGEST_REST_MILLIS = 1_500;
    private static final long CRAWL_NANOS = 900_000_000;
    private static final int MAX_UNITS = 300;
    private static final String GID = "history_";
    private static final List<String> TRUNCATED = List.of("scratch", "scratch", "reading", "scratch, whole");

    private final boolean undecided;
    private final List<String> updated = new ArrayList<>(Tables.UPDATED);
    private final Callable<Connection> connect;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile CountDownLatch goOn = new CountDownLatch(0);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> gids = new ArrayList<>();
    private final List<Future<?>> writers = new ArrayList<>();

    /**
     * Begins to write.
     *
     * @param seed decides what each writer does
     * @param writers how many
     * @param mode how it is read: where transactions come before they commit, many are large, in part rolled back, or prepared
     * @param connect a connection to the server, which may be away
     */
    History(long seed, int writers, Mode mode, Callable<Connection> connect) {
        this.undecided = mode.undecided();
        this.connect = connect;
        if (Trick.PUBLICATION_ALTERED.isPlayed()) {
            updated.addAll(List.of("shifting", "partial"));
        }
        if (Trick.LEAF_IDENTITIES.isPlayed()) {
            updated.add("measure");
        }
        for (int i = 0; i < writers; i++) {
            Random random = new Random(seed * 31 + i);
            String gid = GID + i;
            this.writers.add(threads.submit(() -> keep(random, connection -> {
                settle(connection, gid, random.nextBoolean());
                write(connection, random, gid);
            })));
            gids.add(gid);
        }
        Migrations migrations = new Migrations(new Random(seed * 31 - 1), mode, ended);
        this.writers.add(threads.submit(() -> keep(new Random(seed), migrations::keepMigrating)));
    }

    /** Transactions that stay open while others commit, and that the server decodes for longer than it waits for a reply. */
    void crawl(long seed, int version) {
        if (Trick.LONG_TRANSACTIONS.isPlayed()) {
            Random random = new Random(seed * 31 - 2);
            writers.add(threads.submit(() -> keep(random, connection -> crawl(connection, random, version))));
        }
    }

    private void crawl(Connection connection, Random random, int version) throws SQLException, InterruptedException {
        connection.setAutoCommit(false);
        while (!ended.await(random.nextInt(LONGEST_REST_MILLIS), TimeUnit.MILLISECONDS)) {
            long began = System.nanoTime();
            execute(connection, Tables.CRAWL_UNIT);
            // as long as the server decodes for, however busy the machine is, and no longer: others wait for it
            int units = (int) Math.max(1, Math.min(MAX_UNITS, CRAWL_NANOS / (System.nanoTime() - began)));
            execute(connection, "INSERT INTO tally VALUES (nextval('tallied'), 1, 'crawl')");
            execute(connection, Tables.crawl(version, units));
            // others commit, and are handled, whose positions lie behind those of these rows
            ended.await(random.nextInt(LONGEST_OPEN_MILLIS), TimeUnit.MILLISECONDS);
            execute(connection, "INSERT INTO tally VALUES (nextval('tallied'), 1, 'crawled')");
            connection.commit();
        }
    }

    /** Does it again and again, on a connection of its own while the server is there. */
    private @Nullable Void keep(Random random, Work work) throws InterruptedException {
        while (!pause(random)) {
            try (Connection connection = connect.call()) {
                work.with(connection);
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                LOG.debug("The server is away; it will be asked again", e);
            }
        }
        return null;
    }

    private void write(Connection connection, Random random, String gid) throws SQLException, InterruptedException {
        connection.setAutoCommit(false);
        while (!pause(random)) {
            try {
                transaction(connection, random, gid);
            } catch (SQLException e) {
                connection.rollback();
            }
        }
    }

    /** The writers begin no transaction until {@link #goOn()}, so that everything is read some time. */
    void rest() {
        goOn = new CountDownLatch(1);
    }

    /** As before {@link #rest()}. */
    void goOn() {
        goOn.countDown();
    }

    private boolean pause(Random random) throws InterruptedException {
        goOn.await();
        return ended.await(random.nextInt(MAX_PAUSE_MILLIS), TimeUnit.MILLISECONDS);
    }

    private void transaction(Connection connection, Random random, String gid)
            throws SQLException, InterruptedException {
        execute(connection, "SET LOCAL lock_timeout = '2s'");
        int dice = random.nextInt(200);
        if (dice == 0) {
            execute(connection, "TRUNCATE " + TRUNCATED.get(random.nextInt(TRUNCATED.size())));
        } else if (dice == 1) {
            large(connection, random, LARGE);
        }
        if (Trick.HOSTILE_CONTEXT.isPlayed() && dice < 6) {
            String prefix = dice < 4 ? "walwire.context" : "walwire.\u0001";
            execute(connection, "SELECT pg_logical_emit_message(?, ?, ?)", dice != 5, prefix, Contents.text(random));
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

    private void rolledBack(Connection connection, Random random) throws SQLException {
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

    private void change(Connection connection, Random random) throws SQLException {
        if (random.nextInt(40) == 0) {
            hardToRead(connection, random);
        }
        String table = updated.get(random.nextInt(updated.size()));
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

    private static void hardToRead(Connection connection, Random random) throws SQLException {
        execute(
                connection,
                "INSERT INTO format VALUES (nextval('tallied'), 1, ?, clock_timestamp(), ?::bytea,"
                        + " make_interval(days => ?, secs => 1.5), ?)",
                body(random, 5),
                "\\x00ff",
                random.nextInt(1_000),
                random.nextGaussian());
        if (Trick.HOSTILE_ROWS.isPlayed()) {
            execute(
                    connection,
                    "INSERT INTO hostile VALUES (nextval('tallied'), 1, ?, ?::json, ?::numeric)",
                    Contents.text(random),
                    Contents.json(random),
                    Contents.number(random));
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
        goOn();
        for (Future<?> writer : writers) {
            writer.get();
        }
        try (Connection connection = connect.call()) {
            for (String gid : gids) {
                settle(connection, gid, true);
            }
            Migrations.settle(connection);
        } catch (Exception e) {
            throw new ExecutionException("The history has no orderly end", e);
        }
    }

    /** What is done on a connection until the server is away, or the history ends. */
    @FunctionalInterface
    private interface Work {
        void with(Connection connection) throws Exception;
    }

    @Override
    public void close() {
        ended.countDown();
        threads.shutdownNow();
    }
}
