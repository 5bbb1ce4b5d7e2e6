package io.walwire.cli.pretty;

import io.walwire.backfill.BackfillProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
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
     * How many of the bytes are read.
     *
     * @param totalBytes 0 if not known
     * @return empty if that is not known
     */
    public OptionalDouble shareOf(long totalBytes) {
        return totalBytes == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) bytes / totalBytes);
    }

    /**
     * The line, with a bar before it if it is known how much is done.
     *
     * @param share how much is done, from 0 to 1
     * @param palette the colours
     */
    public String bar(OptionalDouble share, Palette palette) {
        if (share.isEmpty()) {
            return line(share);
        }
        int full = (int) (bounded(share.getAsDouble()) * CELLS);
        return palette.action("█".repeat(full)) + palette.dim("░".repeat(CELLS - full)) + " " + line(share);
    }

    /**
     * The line, with a percentage if it is known how much is done.
     *
     * @param share how much is done, from 0 to 1
     */
    public String line(OptionalDouble share) {
        return share.isEmpty() ? text() : "%3d %%  ".formatted((int) (bounded(share.getAsDouble()) * HUNDRED)) + text();
    }

    private String text() {
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
