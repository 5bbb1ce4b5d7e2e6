package io.walwire.cli.demo;

import io.walwire.cli.pretty.Palette;
import io.walwire.event.Kind;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What was shown, and where to go from here.
 *
 * @param events how many of each kind
 * @param latencies commit to handler, in nanoseconds, one for each transaction
 * @param actions how often a handler acted
 * @param reading what became of the rows that were there before, as a line
 */
record Summary(Map<Kind, Long> events, List<Long> latencies, long actions, String reading) {
    private static final String NEXT = """
            Next, your own database:

              ALTER SYSTEM SET wal_level = logical;       -- then restart the server
              CREATE PUBLICATION events FOR TABLE users, orders;   -- tables that have a primary key
              ALTER TABLE users REPLICA IDENTITY FULL;    -- where you want old values too; takes a lock for a moment

            Of a published table without a primary key PostgreSQL refuses updates and deletes. bin/walwire doctor names such
            tables before you publish them.

              bin/walwire tail --url postgres://you@localhost:5432/yours --publication events
            """;

    void print(PrintStream out, Palette palette, long committed) {
        long all = events.values().stream().mapToLong(Long::longValue).sum();
        out.println();
        out.println(palette.bold("%d of %d transactions seen, %d changes: %d inserts, %d updates, %d deletes"
                .formatted(latencies.size(), committed, all, of(Kind.INSERT), of(Kind.UPDATE), of(Kind.DELETE))));
        out.printf(
                "Handlers acted %d times; commit to handler p50 %s, p99 %s%n", actions, percentile(50), percentile(99));
        out.println(reading);
        out.println("The server is stopped, and nothing of it is left.");
        out.println();
        out.print(NEXT);
        out.flush();
    }

    /** The smallest latency that so many of a hundred transactions did not exceed. */
    String percentile(int percent) {
        if (latencies.isEmpty()) {
            return "unknown";
        }
        List<Long> sorted = latencies.stream().sorted().toList();
        int rank = (sorted.size() * percent + 99) / 100;
        return millis(sorted.get(Math.max(rank, 1) - 1));
    }

    static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
    }

    private long of(Kind kind) {
        return events.getOrDefault(kind, 0L);
    }
}
