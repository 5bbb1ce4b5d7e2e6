package io.walwire.internal.engine;

import io.walwire.event.Position;
import io.walwire.lifecycle.State;
import io.walwire.lifecycle.Status;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The values of a {@link Status}. */
public record CurrentStatus(
        State state,
        @Nullable String slot,
        Position streamingFrom,
        Position received,
        Position confirmed,
        long transactions,
        long events,
        long queuedBytes,
        long reconnects,
        long retries,
        long setAside,
        boolean paused,
        long lagBytes,
        Duration lag,
        @Nullable Duration silence,
        @Nullable String lastError)
        implements Status {}
