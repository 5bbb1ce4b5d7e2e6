package io.walwire.benchmarks;

import io.walwire.Walwire;
import io.walwire.backfill.BackfillRun;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An instance that reads a table through a durable slot and follows it. Prints a line a second until it is killed. At first it may pause the
 * run and resume it in turns, so that what writers pay is measured side by side.
 */
public final class LongBackfillMain {
    /** How long the run is paused, or not, in seconds. */
    private static final int TURN_SECONDS = 6;

    private static final long SECOND_MILLIS = 1_000;

    private LongBackfillMain() {}

    /**
     * The URL, the slot, {@code walwire.backfill.rate}, and in how many turns the run is first paused and resumed. A line has the rows that were
     * read, MiB of heap after the last collection, 1 once all were read, and the number of the turn: 0 after the last one.
     */
    public static void main(String[] arguments) throws Exception {
        AtomicLong rows = new AtomicLong();
        AtomicBoolean done = new AtomicBoolean();
        try (Walwire walwire = Walwire.builder()
                .url(arguments[0])
                .publication(LongBackfill.PUBLICATION)
                .slotName(arguments[1])
                .set("walwire.backfill", "new")
                .set("walwire.backfill.rate", arguments[2])
                .handler("mirror", on -> on.table(LongBackfill.TABLE)
                        .onReads(reads -> rows.addAndGet(reads.size()))
                        .onUpdates(updates -> {})
                        .onBackfilled(event -> done.set(true)))
                .start()) {
            int turns = Integer.parseInt(arguments[3]);
            for (int second = 0; walwire.status().lastError() == null; second++) {
                int turn = second / TURN_SECONDS + 1;
                if (second % TURN_SECONDS == 0 && turn <= turns + 1) {
                    boolean pauses = turn % 2 == 0 && turn <= turns;
                    walwire.backfills().forEach(pauses ? BackfillRun::pause : BackfillRun::resume);
                }
                System.out.println(rows.get() + " " + heapMegabytes() + " " + (done.get() ? 1 : 0) + " "
                        + (turn <= turns ? turn : 0));
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
