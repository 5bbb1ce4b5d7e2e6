package io.walwire.internal.dispatch;

import io.walwire.internal.listener.Listeners;

/**
 * What surrounds each call of user code.
 *
 * @param pause how a failed call waits for its next attempt
 * @param boundary what stands around each attempt
 * @param listeners hear of each attempt
 */
public record CallContext(Pause pause, CallBoundary boundary, Listeners listeners) {}
