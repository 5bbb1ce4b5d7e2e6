package io.walwire.internal.text;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** "Did you mean": the candidate that a mistyped name most likely stands for. */
public final class Nearest {
    private Nearest() {}

    /**
     * The nearest candidate, case ignored; the first of equals. Nothing where none shares enough letters to be a slip of
     * the hand, because a far-fetched suggestion misleads more than it helps.
     */
    public static Optional<String> of(String given, Collection<String> candidates) {
        String wanted = given.toLowerCase(Locale.ROOT);
        int least = Integer.MAX_VALUE;
        String nearest = null;
        for (String candidate : candidates) {
            int distance = distance(wanted, candidate.toLowerCase(Locale.ROOT));
            int tolerated = Math.max(1, Math.max(given.length(), candidate.length()) / 3);
            if (distance <= tolerated && distance < least) {
                least = distance;
                nearest = candidate;
            }
        }
        return Optional.ofNullable(nearest);
    }

    /** Inserted, dropped and replaced letters, and neighbours swapped, each counted once. */
    private static int distance(String from, String to) {
        int[] beforePrevious = new int[to.length() + 1];
        int[] previous = new int[to.length() + 1];
        int[] current = new int[to.length() + 1];
        for (int column = 0; column <= to.length(); column++) {
            current[column] = column;
        }
        for (int row = 1; row <= from.length(); row++) {
            int[] spare = beforePrevious;
            beforePrevious = previous;
            previous = current;
            current = spare;
            current[0] = row;
            for (int column = 1; column <= to.length(); column++) {
                int replaced = previous[column - 1] + (from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1);
                current[column] = Math.min(replaced, 1 + Math.min(previous[column], current[column - 1]));
                if (swapped(from, row, to, column)) {
                    current[column] = Math.min(current[column], 1 + beforePrevious[column - 2]);
                }
            }
        }
        return current[to.length()];
    }

    private static boolean swapped(String from, int row, String to, int column) {
        return row > 1
                && column > 1
                && from.charAt(row - 1) == to.charAt(column - 2)
                && from.charAt(row - 2) == to.charAt(column - 1);
    }
}
