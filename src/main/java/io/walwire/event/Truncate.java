package io.walwire.event;

/**
 * The options of a TRUNCATE.
 *
 * @param cascade whether it had CASCADE
 * @param restartIdentity whether it had RESTART IDENTITY
 */
public record Truncate(boolean cascade, boolean restartIdentity) {}
