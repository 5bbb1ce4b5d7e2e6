package io.walwire.internal.triggers;

import java.time.Duration;

/**
 * A reader of an outbox.
 *
 * @param name of its cursor
 * @param durable whether the cursor outlives the instance, and is one reader's at a time
 * @param keep for how long changes wait for it while it is away
 * @param holder the instance, for people
 */
record Consumer(String name, boolean durable, Duration keep, String holder) {}
