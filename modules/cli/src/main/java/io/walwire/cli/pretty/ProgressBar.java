package io.walwire.cli.pretty;

import io.walwire.backfill.BackfillProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far the reading of existing rows is, as a line.
 *
 * @param rows how many were read
 * @param bytes how many bytes were read for them
 * @param rowsPerSecond 0 if not known
 * @param timeLeft null if not known
 */
public record ProgressBar(
        long rows,
        long bytes,
        double rowsPerSecond,
        @Nullable Duration timeLeft) {
    private static final int CELLS = 20;
    private static final int HUNDRED = 100;

    /** The bar of a run. */
    public static ProgressBar of(BackfillProgress progress) {
        return new ProgressBar(progress.rows(), progress.bytes(), progress.rowsPerSecond(), progress.timeLeft());
    }

    /**
     * The line with a bar before it.
     *
     * @param share how much is done, from 0 to 1
     * @param palette the colours
     */
    public String bar(double share, Palette palette) {
        int full = (int) (bounded(share) * CELLS);
        return palette.action("█".repeat(full)) + palette.dim("░".repeat(CELLS - full)) + " " + line(share);
    }

    /**
     * The line.
     *
     * @param share how much is done, from 0 to 1
     */
    public String line(double share) {
        return "%3d %%  ".formatted((int) (bounded(share) * HUNDRED)) + text();
    }

    /** The line without a percentage, if the total is unknown. */
    public String text() {
        List<String> parts = new ArrayList<>(List.of(Amounts.rows(rows), Amounts.bytes(bytes)));
        if (rowsPerSecond >= 1) {
            parts.add(Amounts.count(Math.round(rowsPerSecond)) + " rows/s");
        }
        if (timeLeft != null) {
            parts.add(Amounts.time(timeLeft) + " left");
        }
        return String.join("  ", parts);
    }

    private static double bounded(double share) {
        return Math.min(1, Math.max(0, share));
    }
}
