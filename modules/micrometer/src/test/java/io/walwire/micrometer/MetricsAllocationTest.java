package io.walwire.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.event.Lsn;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the meters allocate on the handler thread, in a running instance. The thread allocates the same in each run. */
class MetricsAllocationTest {
    private static final int EVENTS = 4000;
    private static final int RUNS = 3;
    private static final int MAX_BYTES = 16;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void create() throws SQLException {
        Shop.create(database);
    }

    /** One call for each event, which is the most that there can be. */
    @Test
    void eventsOfOneTransaction() throws Exception {
        String insert = "INSERT INTO users SELECT g, 'a' FROM generate_series(1, " + EVENTS + ") g";
        assertThat(bytesOfMetrics(insert)).isLessThanOrEqualTo(MAX_BYTES);
    }

    @Test
    void transactionsOfOneEvent() throws Exception {
        String inserts =
                "DO $$BEGIN FOR g IN 1.." + EVENTS + " LOOP INSERT INTO users VALUES (g, 'a'); COMMIT; END LOOP; END$$";
        assertThat(bytesOfMetrics(inserts)).isLessThanOrEqualTo(MAX_BYTES);
    }

    private double bytesOfMetrics(String workload) throws Exception {
        Exposition prometheus = new Exposition();
        WalwireMetrics metrics = new WalwireMetrics();
        metrics.bindTo(prometheus.registry);
        double without = bytesAnEvent(workload, Shop.reader(database), () -> {});
        double with = bytesAnEvent(workload, Shop.reader(database).listener(metrics), () -> assertThat(
                        prometheus.value("walwire_events_total{kind=\"insert\",name=\"shop\",table=\"public.users\"}"))
                .isEqualTo((1 + RUNS) * EVENTS));
        return with - without;
    }

    /** Everything is received before the handler thread begins, so that it never waits, which would allocate too. */
    private double bytesAnEvent(String workload, WalwireBuilder builder, Runnable check) throws Exception {
        AtomicLong thread = new AtomicLong();
        try (Walwire walwire = builder.handler("users", on -> on.table("users")
                        .onInsert(event -> thread.set(Thread.currentThread().getId())))
                .start()) {
            empty(walwire);
            run(walwire, workload);
            long least = Long.MAX_VALUE; // the thread may find its queue empty for a moment
            for (int i = 0; i < RUNS; i++) {
                empty(walwire);
                long before = THREADS.getThreadAllocatedBytes(thread.get());
                run(walwire, workload);
                least = Math.min(least, THREADS.getThreadAllocatedBytes(thread.get()) - before);
            }
            check.run();
            return least / (double) EVENTS;
        }
    }

    private void empty(Walwire walwire) throws Exception {
        database.sql("TRUNCATE users");
        assertThat(walwire.awaitCurrent(Shop.LONG)).isTrue();
    }

    private void run(Walwire walwire, String workload) throws Exception {
        walwire.pause();
        Lsn before = Lsn.parse(database.currentLsn());
        database.sql(workload);
        Lsn end = Lsn.parse(database.currentLsn());
        assertThat(end).isGreaterThan(before);
        Eventually.until(Shop.LONG, () -> !walwire.status().received().isBefore(end));
        walwire.resume();
        assertThat(walwire.awaitCurrent(Shop.LONG)).isTrue();
    }
}
