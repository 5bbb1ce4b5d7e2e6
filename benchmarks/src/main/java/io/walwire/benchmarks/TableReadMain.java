package io.walwire.benchmarks;

import com.sun.management.GarbageCollectionNotificationInfo;
import com.sun.management.OperatingSystemMXBean;
import io.walwire.Walwire;
import io.walwire.event.Column;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/**
 * A JVM that reads a small table to warm up, and then the one that counts. Prints its figures on one line: seconds, seconds of
 * processor time, and the most MiB of heap that were in use after a collection.
 */
public final class TableReadMain {
    private static final byte[] LINE_END = {'\n'};

    private final TableRead read;
    private final int port;
    private final OutputStream out;

    /** Keeps what was read from being optimised away. */
    private long sink;

    private TableReadMain(TableRead read, int port) throws IOException {
        this.read = read;
        this.port = port;
        this.out = new BufferedOutputStream(new FileOutputStream("/dev/null"), 1 << 16);
    }

    /** How it is read, the port, rows of the table to warm up, rows. */
    public static void main(String[] arguments) throws Exception {
        TableReadMain main = new TableReadMain(TableRead.valueOf(arguments[0]), Integer.parseInt(arguments[1]));
        main.read(ExistingRows.WARM_UP, Long.parseLong(arguments[2]));
        AtomicLong mostHeap = mostHeapInUse();
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long cpu = system.getProcessCpuTime();
        long began = System.nanoTime();
        Samples samples = Samples.ifWanted();
        main.read(main.read.table(), Long.parseLong(arguments[3]));
        if (samples != null) {
            samples.print(main.read.title(), System.err);
        }
        System.out.printf(
                Locale.ROOT,
                "%f %f %f%n",
                (System.nanoTime() - began) / 1e9,
                (system.getProcessCpuTime() - cpu) / 1e9,
                mostHeap.get() / 1048576.0);
        System.out.flush();
        Runtime.getRuntime().halt(main.sink == 42 ? 3 : 0);
    }

    private static AtomicLong mostHeapInUse() {
        AtomicLong most = new AtomicLong();
        Set<String> heap = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .map(MemoryPoolMXBean::getName)
                .collect(Collectors.toSet());
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            ((NotificationEmitter) collector)
                    .addNotificationListener(
                            (notification, handback) -> {
                                GarbageCollectionNotificationInfo info = GarbageCollectionNotificationInfo.from(
                                        (CompositeData) notification.getUserData());
                                long used = info.getGcInfo().getMemoryUsageAfterGc().entrySet().stream()
                                        .filter(pool -> heap.contains(pool.getKey()))
                                        .mapToLong(pool -> pool.getValue().getUsed())
                                        .sum();
                                most.accumulateAndGet(used, Math::max);
                            },
                            null,
                            null);
        }
        return most;
    }

    private void read(String table, long rows) throws Exception {
        switch (read) {
            case DEBEZIUM_1 -> new DebeziumSnapshot(port, table, 1).run(rows);
            case DEBEZIUM_2 -> new DebeziumSnapshot(port, table, 2).run(rows);
            case DEBEZIUM_INCREMENTAL -> new DebeziumSnapshot(port, table, 0).run(rows);
            case STREAM -> stream(table, rows);
            case COPY -> throw new IllegalArgumentException("psql is a process of its own");
            default -> backfill(table);
        }
    }

    private void backfill(String table) throws Exception {
        try (Walwire walwire = Walwire.builder()
                .url(new Target(port, null, "", "").url())
                .publication(ExistingRows.PUBLICATION)
                .set("walwire.backfill.readers", String.valueOf(read.readers()))
                .handler(on -> on.table(table).onReads(reads -> reads.forEach(this::take)))
                .start()) {
            walwire.backfill(table).start().completion().toCompletableFuture().get();
        }
    }

    /** As many rows as inserts, 100 a transaction, for the heap that the stream alone takes. */
    private void stream(String table, long rows) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        AtomicLong seen = new AtomicLong();
        try (Connection connection = DriverManager.getConnection("jdbc:postgresql://localhost:" + port + "/"
                        + BenchmarkServer.DATABASE + "?user=" + BenchmarkServer.USER);
                Statement statement = connection.createStatement();
                Walwire walwire = Walwire.builder()
                        .url(new Target(port, null, "", "").url())
                        .publication(ExistingRows.PUBLICATION)
                        .handler(on -> on.table("streamed").onInserts(inserts -> {
                            inserts.forEach(this::take);
                            if (seen.addAndGet(inserts.size()) >= rows) {
                                done.countDown();
                            }
                        }))
                        .start()) {
            statement.execute("TRUNCATE streamed");
            statement.execute(Bytes.loop(
                    (int) (rows / 100),
                    "INSERT INTO streamed SELECT * FROM " + table + " WHERE id BETWEEN t * 100 + 1 AND t * 100 + 100"));
            done.await();
        }
    }

    private void take(RowEvent<Row> event) {
        switch (read) {
            case NONE -> sink++;
            case JSON -> print(event);
            default -> {
                for (Column column : event.row().columns()) {
                    Object value = event.row().get(column.name());
                    sink += value == null ? 1 : value.hashCode();
                }
            }
        }
    }

    private void print(RowEvent<Row> event) {
        try {
            event.writeJson(out);
            out.write(LINE_END);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
