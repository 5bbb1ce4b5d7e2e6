package io.walwire.lifecycle;

import java.util.Objects;

/**
 * Whether an instance does what it is for, as a liveness or readiness probe asks.
 *
 * @param up true while it streams from a server that gives signs of life, or stands by; false when it has ended, when the
 *     server has been silent or away for longer than {@code walwire.health.silence}
 * @param reason why, in a sentence for people, without row values and passwords; its text may change
 */
public record Health(boolean up, String reason) {
    /**
     * Health and why.
     *
     * @param up whether all is well
     * @param reason why, not null
     */
    public Health {
        Objects.requireNonNull(reason, "reason");
    }
}
