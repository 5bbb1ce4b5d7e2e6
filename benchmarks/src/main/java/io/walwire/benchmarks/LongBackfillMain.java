package io.walwire.benchmarks;

import io.walwire.Walwire;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** An instance that reads a table through a durable slot and follows it. Prints a line a second until it is killed. */
public final class LongBackfillMain {
    private static final long SECOND_MILLIS = 1_000;

    private LongBackfillMain() {}

    /** The URL, and the slot. A line has the rows that were read, MiB of heap after the last collection, and 1 once all were read. */
    public static void main(String[] arguments) throws Exception {
        AtomicLong rows = new AtomicLong();
        AtomicBoolean done = new AtomicBoolean();
        try (Walwire walwire = Walwire.builder()
                .url(arguments[0])
                .publication(LongBackfill.PUBLICATION)
                .slotName(arguments[1])
                .set("walwire.backfill", "new")
                .handler("mirror", on -> on.table(LongBackfill.TABLE)
                        .onReads(reads -> rows.addAndGet(reads.size()))
                        .onUpdates(updates -> {})
                        .onBackfilled(event -> done.set(true)))
                .start()) {
            while (walwire.status().lastError() == null) {
                System.out.println(rows.get() + " " + heapMegabytes() + " " + (done.get() ? 1 : 0));
                System.out.flush();
                Thread.sleep(SECOND_MILLIS);
            }
            throw new IllegalStateException(walwire.status().lastError());
        }
    }

    private static long heapMegabytes() {
        long used = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            MemoryUsage after = pool.getType() == MemoryType.HEAP ? pool.getCollectionUsage() : null;
            used += after == null ? 0 : after.getUsed();
        }
        return used >> 20;
    }
}
