package io.walwire.reliability;

import io.walwire.Walwire;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.event.Transaction;
import io.walwire.testing.Typed;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A process with a small heap that reads every value of one transaction, and says what it saw: how many events, the sum of
 * their ids, the length of their bodies, how many parts, and the most heap that was ever in use.
 */
public final class BoundsClient {
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private long events;
    private long ids;
    private long lengths;

    private BoundsClient() {}

    /**
     * Streams until its standard input ends.
     *
     * @param args a URL
     * @throws IOException never
     */
    public static void main(String[] args) throws IOException {
        BoundsClient client = new BoundsClient();
        try (Walwire walwire = Walwire.builder()
                .url(args[0])
                .publication("events")
                .handler(on -> on.onTransaction(client::count))
                .start()) {
            walwire.completion().exceptionally(failure -> {
                OUT.println("failed " + failure);
                return null;
            });
            OUT.println("streaming");
            while (System.in.read() >= 0) {
                // until whoever started this is done
            }
        }
    }

    private void count(Transaction part) {
        for (Event event : part.events()) {
            Row row = Objects.requireNonNull(Typed.row(event).afterRow());
            if (event.id().index() != events) {
                throw new IllegalStateException(
                        "Event " + events + " expected, got " + event.id().index());
            }
            events++;
            ids += Objects.requireNonNull(row.getLong("id"));
            lengths += Objects.requireNonNull(row.getString("body")).length();
        }
        if (part.isLast()) {
            OUT.println("events " + events + " ids " + ids + " lengths " + lengths);
            OUT.println("parts " + (part.part() + 1) + ", most heap used " + mostUsed() + " MiB");
        }
    }

    static long mostUsed() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getType() == java.lang.management.MemoryType.HEAP)
                        .map(MemoryPoolMXBean::getPeakUsage)
                        .mapToLong(usage -> usage.getUsed())
                        .sum()
                >> 20;
    }
}
