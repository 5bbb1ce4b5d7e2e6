package io.walwire.internal.text;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

<<<<<<< HEAD
/** The choice that was probably meant. */
public final class Nearest {
    private Nearest() {}

    /** The candidate closest to what was given, or empty when none is close enough to be a likely typing mistake. */
    public static Optional<String> of(String given, Collection<String> candidates) {
        int best = Math.max(1, given.length() / 3) + 1;
        String nearest = null;
        for (String candidate : candidates) {
            int distance = distance(given.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
            if (distance < best && distance < candidate.length()) {
                best = distance;
=======
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
>>>>>>> codec
                nearest = candidate;
            }
        }
        return Optional.ofNullable(nearest);
    }

<<<<<<< HEAD
    /** Insertions, deletions, substitutions and swaps of neighbours that lead from one to the other. */
    private static int distance(String from, String to) {
        int[][] cost = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                cost[i][j] = i == 0 || j == 0 ? i + j : cheapest(cost, from, to, i, j);
            }
        }
        return cost[from.length()][to.length()];
    }

    private static int cheapest(int[][] cost, String from, String to, int i, int j) {
        char a = from.charAt(i - 1);
        char b = to.charAt(j - 1);
        int least = Math.min(cost[i - 1][j], cost[i][j - 1]) + 1;
        least = Math.min(least, cost[i - 1][j - 1] + (a == b ? 0 : 1));
        boolean swapped = i > 1 && j > 1 && a == to.charAt(j - 2) && b == from.charAt(i - 2);
        return swapped ? Math.min(least, cost[i - 2][j - 2] + 1) : least;
=======
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
>>>>>>> codec
    }
}
