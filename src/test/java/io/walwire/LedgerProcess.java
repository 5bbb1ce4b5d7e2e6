package io.walwire;

import io.walwire.event.Event;
import io.walwire.handler.EventHandler;
import io.walwire.internal.concurrent.ThrowingRunnable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A process that enters every row of table {@code item} into the ledger, exactly once, until it is killed. After the given
 * number of commits it says so and stays where it is: committed, and not confirmed.
 */
final class LedgerProcess {
    /** The line that {@link #stop} prints. */
    static final String STOPPED = "stopped";

    private LedgerProcess() {}

    public static void main(String[] arguments) throws Exception {
        String url = arguments[0];
        AtomicInteger commits = new AtomicInteger(Integer.parseInt(arguments[3]));
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(arguments[4]);
        boolean ofThread = arguments[5].equals("thread");
        Stopping transactions = new Stopping(source, commits);
        JdbcCheckpoint checkpoint = ofThread
                ? JdbcCheckpoint.of(transactions, "ledger")
                : JdbcCheckpoint.of(
                        afterCommit(source, () -> {
                            if (commits.decrementAndGet() == 0) {
                                stop();
                            }
                        }),
                        "ledger");
        EventHandler handler = ofThread
                ? on -> on.table("item").onInserts(transactions::enterAll)
                : on -> on.table("item").onInserts(Ledger.runs(checkpoint, "a"));
        try (Walwire walwire = Walwire.builder()
                .url(url)
                .publication("events")
                .slotName(arguments[1])
                .set("walwire.buffer", arguments[2])
                .checkpoint(checkpoint)
                .handler(handler)
                .start()) {
            walwire.awaitTermination(Duration.ofMinutes(5));
        }
    }

    /** The handler finds the connection by its thread. Transactions without an entry do not count. */
    private static final class Stopping extends ThreadTransactions {
        private final AtomicInteger commits;
        private boolean entered;

        Stopping(DataSource source, AtomicInteger commits) {
            super(source);
            this.commits = commits;
        }

        void enterAll(List<? extends Event> events) throws SQLException {
            entered = true;
            for (Event event : events) {
                enter("a", Trail.line(event));
            }
        }

        @Override
        public void run(Body body) throws Exception {
            super.run(body);
            if (entered && commits.decrementAndGet() == 0) {
                stop();
            }
            entered = false;
        }
    }

    /** Says so, and stands still. */
    static void stop() throws InterruptedException {
        System.out.writeBytes((STOPPED + "\n").getBytes(StandardCharsets.UTF_8));
        System.out.flush();
        new CountDownLatch(1).await();
    }

    /** A checkpoint, at whose commits of handlers the process stops: after so many. */
    static JdbcCheckpoint stoppingAfter(int commits, String jdbcUrl, String name) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(jdbcUrl);
        AtomicInteger left = new AtomicInteger(commits);
        return JdbcCheckpoint.of(
                afterCommit(source, () -> {
                    boolean ofHandlers = Thread.currentThread().getName().endsWith("-handler");
                    if (ofHandlers && left.decrementAndGet() == 0) {
                        stop();
                    }
                }),
                name);
    }

    /** Connections that do something after each commit. */
    static DataSource afterCommit(DataSource source, ThrowingRunnable<Exception> then) {
        ClassLoader loader = LedgerProcess.class.getClassLoader();
        return (DataSource)
                Proxy.newProxyInstance(loader, new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    Connection connection = source.getConnection();
                    return Proxy.newProxyInstance(loader, new Class<?>[] {Connection.class}, (self, call, given) -> {
                        Object result;
                        try {
                            result = call.invoke(connection, given);
                        } catch (InvocationTargetException e) {
                            throw Objects.requireNonNull(e.getCause());
                        }
                        if (call.getName().equals("commit")) {
                            then.run();
                        }
                        return result;
                    });
                });
    }
}
