package io.walwire.internal.engine;

import io.walwire.lifecycle.Health;
import io.walwire.lifecycle.Status;
import java.time.Duration;

/**
 * What counts as healthy.
 *
 * @param patience for how long the server may be silent or away
 */
record HealthRule(Duration patience) {
    /**
     * Judges an instance.
     *
     * @param status what it is doing
     * @param inState for how long it has been in that state
     */
    Health judge(Status status, Duration inState) {
        String why = status.lastError() == null ? "" : ": " + status.lastError();
        return switch (status.state()) {
            case STREAMING -> streaming(status);
            case STANDBY -> new Health(true, "standing by" + why);
            case RECONNECTING ->
                new Health(
                        inState.compareTo(patience) <= 0,
                        "the connection was lost " + inState.toSeconds() + " s ago" + why);
            case STARTING -> new Health(false, "not started yet" + why);
            case STOPPED -> new Health(false, "closed");
            case FAILED -> new Health(false, "failed" + why);
        };
    }

    private Health streaming(Status status) {
        Duration silence = status.silence();
        if (silence != null && silence.compareTo(patience) > 0) {
            return new Health(
                    false,
                    "the server has been silent for " + silence.toSeconds() + " s, more than walwire.health.silence");
        }
        return new Health(true, status.paused() ? "streaming, paused" : "streaming");
    }
}
