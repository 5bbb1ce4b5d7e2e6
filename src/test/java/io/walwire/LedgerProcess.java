package io.walwire;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
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
    private LedgerProcess() {}

    public static void main(String[] arguments) throws Exception {
        String url = arguments[0];
        AtomicInteger commits = new AtomicInteger(Integer.parseInt(arguments[3]));
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(arguments[4]);
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(stoppingAfter(commits, source), "ledger");
        try (Walwire walwire = Walwire.builder()
                .url(url)
                .publication("events")
                .slotName(arguments[1])
                .set("walwire.buffer", arguments[2])
                .checkpoint(checkpoint)
                .handler(on -> on.table("item").onInserts(Ledger.runs(checkpoint, "a")))
                .start()) {
            walwire.awaitTermination(Duration.ofMinutes(5));
        }
    }

    private static DataSource stoppingAfter(AtomicInteger commits, DataSource source) {
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
                        if (call.getName().equals("commit") && commits.decrementAndGet() == 0) {
                            System.out.write("committed\n".getBytes(StandardCharsets.UTF_8));
                            System.out.flush();
                            new CountDownLatch(1).await();
                        }
                        return result;
                    });
                });
    }
}
