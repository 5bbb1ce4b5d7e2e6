package io.walwire.benchmarks.latency;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Commits of one row each, at a steady rate, made by a procedure that commits in a loop, so that neither the network nor
 * this process limits them. It sleeps a millisecond whenever it is ahead: above 1,000 a second, commits come a few at a
 * time. It never skips what it is late with.
 */
public final class Writers {
    /** Of the table. */
    public static final String PUBLICATION = "walwire_latency";

    private static final String PROCEDURE = """
            CREATE PROCEDURE walwire_latency_write(rate float8, total bigint) LANGUAGE plpgsql AS $$
            DECLARE
              began timestamptz := clock_timestamp();
              done bigint := 0;
              due bigint;
            BEGIN
              WHILE done < total LOOP
                due := least(total, floor(extract(epoch FROM clock_timestamp() - began) * rate)::bigint);
                WHILE done < due LOOP
                  INSERT INTO walwire_latency VALUES (done);
                  COMMIT;
                  done := done + 1;
                END LOOP;
                PERFORM pg_sleep(0.001);
              END LOOP;
            END $$""";

    private final String jdbcUrl;
    private final boolean synchronous;

    /** Of rows in a table of their own. */
    public Writers(String jdbcUrl, boolean synchronous) {
        this.jdbcUrl = jdbcUrl;
        this.synchronous = synchronous;
    }

    /** Makes the table, its publication and the procedure. */
    public void prepare() throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                Statement statement = connection.createStatement()) {
            drop(statement);
            statement.execute("CREATE TABLE walwire_latency (id bigint)");
            statement.execute("CREATE PUBLICATION " + PUBLICATION + " FOR TABLE walwire_latency");
            statement.execute(PROCEDURE);
        }
    }

    /** Takes them away again. */
    public void remove() throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                Statement statement = connection.createStatement()) {
            drop(statement);
        }
    }

    private static void drop(Statement statement) throws SQLException {
        statement.execute("DROP PUBLICATION IF EXISTS " + PUBLICATION);
        statement.execute("DROP TABLE IF EXISTS walwire_latency");
        statement.execute("DROP PROCEDURE IF EXISTS walwire_latency_write");
    }

    /**
     * Returns when all is committed.
     *
     * @param rate rows a second, of all connections
     * @param connections that write
     * @param total rows of all connections
     * @return the seconds that it took
     */
    public double write(int rate, int connections, long total) throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                Statement statement = connection.createStatement()) {
            statement.execute("TRUNCATE walwire_latency");
            statement.execute("CHECKPOINT");
        }
        long began = System.nanoTime();
        List<CompletableFuture<Void>> writing = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            double share = (double) rate / connections;
            writing.add(CompletableFuture.runAsync(
                    () -> call(share, total / connections), task -> new Thread(task, "writer").start()));
        }
        writing.forEach(CompletableFuture::join);
        return (System.nanoTime() - began) / 1e9;
    }

    private void call(double rate, long total) {
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                Statement statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = " + (synchronous ? "on" : "off"));
            statement.execute("CALL walwire_latency_write(" + rate + ", " + total + ")");
        } catch (SQLException e) {
            throw new CompletionException(e);
        }
    }
}
