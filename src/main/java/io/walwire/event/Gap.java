package io.walwire.event;

import org.jspecify.annotations.Nullable;

/**
 * Continuity was lost: changes between the two positions may never arrive. A cache should be filled again.
 *
 * @param from the last position known to be complete, or null; higher than {@code to} where the server was set back
 * @param to where the stream goes on, or null
 * @param reason for people
 */
public record Gap(@Nullable Position from, @Nullable Position to, String reason) {}
