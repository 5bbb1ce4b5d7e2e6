package io.walwire.deadletter;

import java.util.List;

/**
 * What became of dead letters that were replayed.
 *
 * @param replayed how many calls succeeded; their letters are removed
 * @param kept how many letters stay where they are
 * @param reasons why they stay, the first {@value #MAX_REASONS} of them, unmodifiable
 */
public record Replay(long replayed, long kept, List<Kept> reasons) {
    /** How many reasons are given. */
    public static final int MAX_REASONS = 1_000;

    /**
     * Copies the list.
     *
     * @param replayed how many calls succeeded
     * @param kept how many letters stay
     * @param reasons why
     */
    public Replay {
        reasons = List.copyOf(reasons);
    }

    /**
     * A letter that stays.
     *
     * @param letter the letter's id
     * @param reason why, for people
     */
    public record Kept(String letter, String reason) {}
}
