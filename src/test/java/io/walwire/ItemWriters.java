package io.walwire;

import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sessions that change the rows of {@code item (id, v, big)} at random, until they are stopped. Each state of a row has a number
 * in {@code v}, and a later one a higher number.
 */
final class ItemWriters implements AutoCloseable {
    private static final int WRITERS = 2;

    /** A pause is at least so many times as long as the transaction before, so that on a busy machine others keep up. */
    private static final int SHARE = 10;
    /** The lowest key of the rows that writers leave alone. */
    static final int FIRST_LEFT_ALONE = 1_000_000;

    /** Gives connections to the database. */
    @FunctionalInterface
    interface Sessions {
        Connection open() throws SQLException;
    }

    private final Sessions sessions;
    private final int rows;
    private final Duration pause;
    private final CountDownLatch stop = new CountDownLatch(1);
    private volatile boolean losesServer;
    private final AtomicInteger transactions = new AtomicInteger();
    private final List<CompletableFuture<Void>> writing = new ArrayList<>();

    /**
     * Begins to write.
     *
     * @param rows as they were created
     * @param pause of each session after each transaction, at least
     */
    ItemWriters(Sessions sessions, int rows, Duration pause, long seed) {
        this.sessions = sessions;
        this.rows = rows;
        this.pause = pause;
        for (int i = 0; i < WRITERS; i++) {
            int writer = i;
            writing.add(RandomTable.thread(() -> write(writer, new Random(seed + writer))));
        }
    }

    private void write(int writer, Random random) throws SQLException, InterruptedException {
        try (Connection connection = sessions.open();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            long took = 0;
            while (!stop.await(Math.max(pause.toNanos(), SHARE * took), TimeUnit.NANOSECONDS)) {
                long begin = System.nanoTime();
                for (int i = random.nextInt(3); i >= 0; i--) {
                    statement.execute(change(writer, random));
                }
                connection.commit();
                took = System.nanoTime() - begin;
                transactions.incrementAndGet();
            }
        } catch (SQLException e) {
            if (!losesServer) {
                throw e;
            }
        }
    }

    /**
     * Makes the table.
     *
     * @param rows how many rows writers change; even, so that a row that gets another key keeps its writer
     * @param leftAlone how many rows they leave alone, between those
     */
    static void create(TestDatabase database, int rows, int leftAlone) throws SQLException {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, v int, big text)",
                "ALTER TABLE item ALTER big SET STORAGE EXTERNAL",
                "CREATE SEQUENCE versions",
                "INSERT INTO item SELECT CASE WHEN i <= " + rows + " THEN i ELSE i + " + FIRST_LEFT_ALONE
                        + " END, nextval('versions'), CASE WHEN i > " + rows + " THEN repeat('s', 300)"
                        + " WHEN i % 10 = 0 THEN repeat('x' || i, 600) ELSE 'short' END"
                        + " FROM generate_series(1, " + (rows + leftAlone) + ") i ORDER BY md5(i::text)",
                "CREATE PUBLICATION events FOR TABLE item");
    }

    /** Each writer has keys of its own, so that none waits for the other. */
    private String change(int writer, Random random) {
        int id = random.nextInt(rows / WRITERS) * WRITERS + writer;
        String where = " WHERE id = " + id;
        String update = "UPDATE item SET v = nextval('versions')";
        return switch (random.nextInt(8)) {
            case 0 -> "DELETE FROM item" + where;
            case 1 ->
                "INSERT INTO item VALUES (" + id + ", nextval('versions'), repeat('n" + random.nextInt(9)
                        + "', 1500)) ON CONFLICT DO NOTHING";
            case 2 -> update + ", big = repeat('u" + random.nextInt(9) + "', 1500)" + where;
            // to a key that nothing else has
            case 3 -> update + ", id = id + " + rows + where + notExists(id + rows);
            case 4 -> update + ", id = id - " + rows + " WHERE id = " + (id + rows) + notExists(id);
            default -> update + where; // does not send a large value
        };
    }

    private static String notExists(int id) {
        return " AND NOT EXISTS (SELECT FROM item WHERE id = " + id + ")";
    }

    int transactions() {
        return transactions.get();
    }

    /** From now on the server may end their sessions, which ends them. */
    void loseServer() {
        losesServer = true;
    }

    /** Returns when all have ended. */
    void stop() throws InterruptedException, ExecutionException, TimeoutException {
        stop.countDown();
        for (CompletableFuture<Void> writer : writing) {
            writer.get(180, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() throws InterruptedException, ExecutionException, TimeoutException {
        stop();
    }
}
