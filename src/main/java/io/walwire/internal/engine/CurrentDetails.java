package io.walwire.internal.engine;

import io.walwire.lifecycle.Details;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The values of {@link Details}. */
record CurrentDetails(
        String name,
        String source,
        String database,
        @Nullable String slot,
        List<String> publications,
        List<String> subscriptions)
        implements Details {}
