package io.walwire.internal.text;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

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
                nearest = candidate;
            }
        }
        return Optional.ofNullable(nearest);
    }

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
    }
}
