package io.walwire.internal.config;

import java.time.Duration;

/** The bounds of tables for which the stream is held while they are read. They are no settings; tests change them by system properties. */
public final class HeldTables {
    private static final long MAX_BYTES = 1L << 30;
    private static final long PATIENCE_SECONDS = 10;

    private HeldTables() {}

    /** The bytes of the largest one. */
    public static long maxBytes() {
        return Long.getLong("io.walwire.internal.backfill.most-held", MAX_BYTES);
    }

    /** How long running transactions are waited for, before a warning, and while the stream is held. */
    public static Duration patience() {
        return Duration.ofSeconds(Long.getLong("io.walwire.internal.backfill.held-patience", PATIENCE_SECONDS));
    }
}
