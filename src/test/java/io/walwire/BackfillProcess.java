package io.walwire;

import java.time.Duration;

/**
 * A process that reads the existing rows of table {@code item} into the ledger, exactly once, until it is killed. After the given number
 * of commits with rows it says so and stays where it is. With the argument {@code newest}, rows of an earlier reading are removed.
 */
final class BackfillProcess {
    private BackfillProcess() {}

    public static void main(String[] arguments) throws Exception {
        JdbcCheckpoint checkpoint = LedgerProcess.stoppingAfter(Integer.parseInt(arguments[2]), arguments[3], "ledger");
        try (Walwire walwire = Walwire.builder()
                .url(arguments[0])
                .publication("events")
                .slotName(arguments[1])
                .set("walwire.backfill", "new")
                .set("walwire.backfill.chunk", "8KiB")
                .checkpoint(checkpoint)
                .handler(on -> on.table("item")
                        .onReads(
                                arguments[4].equals("newest")
                                        ? Ledger.newestReading(checkpoint)
                                        : Ledger.runs(checkpoint, "a"))
                        .onBackfilled(event -> Ledger.enter(checkpoint, "a", "all")))
                .start()) {
            walwire.awaitTermination(Duration.ofMinutes(5));
        }
    }
}
