package io.walwire;

import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** Sessions that change the rows of {@code item (id, v, big)} at random, a few hundred transactions a second, until they are stopped. */
final class ItemWriters implements AutoCloseable {
    private static final int WRITERS = 2;
    private static final long PACE_MILLIS = 10;

    private final TestDatabase database;
    private final int rows;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final AtomicInteger transactions = new AtomicInteger();
    private final List<CompletableFuture<Void>> writing = new ArrayList<>();

    ItemWriters(TestDatabase database, int rows, long seed) {
        this.database = database;
        this.rows = rows;
        for (int i = 0; i < WRITERS; i++) {
            int writer = i;
            writing.add(CompletableFuture.runAsync(() -> write(writer, new Random(seed + writer))));
        }
    }

    private void write(int writer, Random random) {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            while (!stop.await(PACE_MILLIS, TimeUnit.MILLISECONDS)) {
                for (int i = random.nextInt(3); i >= 0; i--) {
                    statement.execute(change(writer, random));
                }
                connection.commit();
                transactions.incrementAndGet();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Each writer has keys of its own, so that none waits for the other. */
    private String change(int writer, Random random) {
        int id = random.nextInt(rows / WRITERS) * WRITERS + writer;
        String where = " WHERE id = " + id;
        return switch (random.nextInt(8)) {
            case 0 -> "DELETE FROM item" + where;
            case 1 ->
                "INSERT INTO item VALUES (" + id + ", 1, repeat('n" + random.nextInt(9)
                        + "', 1500)) ON CONFLICT DO NOTHING";
            case 2 -> "UPDATE item SET big = repeat('u" + random.nextInt(9) + "', 1500)" + where;
            // to a key that nothing else has
            case 3 ->
                "UPDATE item SET id = id + " + rows + where + " AND NOT EXISTS (SELECT FROM item WHERE id = "
                        + (id + rows) + ")";
            case 4 ->
                "UPDATE item SET id = id - " + rows + " WHERE id = " + (id + rows) + " AND NOT EXISTS (SELECT FROM item"
                        + where + ")";
            default -> "UPDATE item SET v = v + 1" + where; // does not send a large value
        };
    }

    int transactions() {
        return transactions.get();
    }

    /** Returns when all have ended. */
    void stop() throws InterruptedException, ExecutionException, TimeoutException {
        stop.countDown();
        for (CompletableFuture<Void> writer : writing) {
            writer.get(30, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() throws InterruptedException, ExecutionException, TimeoutException {
        stop();
    }
}
