package io.walwire.cli.demo;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Other people's writes: a customer's day in the shop, over and over, a few transactions a second. */
final class Workload implements AutoCloseable {
    private static final long PACE_MILLIS = 380;

    /** From one old review that is changed to the next. */
    private static final int STEP = 31_337;

    private static final List<String> FIRST = List.of("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gina", "Hugo");
    private static final List<String> LAST = List.of("Fox", "Lake", "Moss", "Reed", "Hill", "Dune", "Birch");

    private final Connection connection;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final AtomicLong commits = new AtomicLong();
    private int rows;
    private final Thread thread = new Thread(this::run, "walwire-demo-workload");
    private volatile @Nullable SQLException failure;

    /** Does nothing until started. */
    Workload(Connection connection) throws SQLException {
        this.connection = connection;
        connection.setAutoCommit(false);
    }

    void start() {
        thread.start();
    }

    /** How many transactions were committed that changed anything. */
    long commits() {
        return commits.get();
    }

    /** What ended it early, or null. */
    @Nullable
    SQLException failure() {
        return failure;
    }

    @Override
    public void close() throws InterruptedException {
        stop.countDown();
        thread.join();
    }

    private void run() {
        try (connection) {
            for (int customer = 0; visit(customer); customer++) {}
        } catch (SQLException e) {
            failure = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Everything that one customer does; false when it is time to stop. */
    private boolean visit(int customer) throws SQLException, InterruptedException {
        String first = FIRST.get(customer % FIRST.size());
        String last = LAST.get(customer % LAST.size());
        String email = (first + "@" + last + ".example").toLowerCase(Locale.ROOT);
        int product = customer % 4 + 1;
        return commit("INSERT INTO users (name, email) VALUES (?, ?)", first + " " + last, email)
                && commit("UPDATE users SET visits = visits + 1, last_seen = localtime(0) WHERE email = ?", email)
                && commit("UPDATE reviews SET stars = 5 WHERE id = ?", customer * STEP % Shop.REVIEWS + 1)
                && order(email, product)
                && commit("INSERT INTO reviews (product_id, stars, body) VALUES (?, 4, 'Good')", product)
                && commit("UPDATE orders SET status = 'paid' WHERE status = 'new'")
                && commit("UPDATE users SET email = 'new.' || email WHERE email = ?", email)
                && order("new." + email, product % 4 + 1)
                && commit("UPDATE orders SET status = 'shipped' WHERE status = 'paid'")
                && cancel()
                && commit("UPDATE products SET price = price + 0.50, stock = stock + 4 WHERE stock < 5")
                && leave("new." + email);
    }

    private boolean order(String email, int product) throws SQLException, InterruptedException {
        execute("INSERT INTO orders (user_id, product_id) SELECT id, ? FROM users WHERE email = ?", product, email);
        execute("UPDATE products SET stock = stock - 1 WHERE id = ?", product);
        return commit();
    }

    private boolean cancel() throws SQLException, InterruptedException {
        execute(
                "UPDATE products SET stock = stock + 1 WHERE id IN (SELECT product_id FROM orders WHERE status = 'new')");
        execute("DELETE FROM orders WHERE status = 'new'");
        return commit();
    }

    private boolean leave(String email) throws SQLException, InterruptedException {
        execute("DELETE FROM orders WHERE user_id IN (SELECT id FROM users WHERE email = ?)", email);
        execute("DELETE FROM users WHERE email = ?", email);
        return commit();
    }

    private boolean commit(String sql, Object... parameters) throws SQLException, InterruptedException {
        execute(sql, parameters);
        return commit();
    }

    private boolean commit() throws SQLException, InterruptedException {
        connection.commit();
        if (rows > 0) {
            commits.incrementAndGet();
        }
        rows = 0;
        return !stop.await(PACE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void execute(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            rows += statement.executeUpdate();
        }
    }
}
