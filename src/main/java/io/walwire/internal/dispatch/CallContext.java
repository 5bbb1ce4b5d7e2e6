package io.walwire.internal.dispatch;

import io.walwire.internal.listener.Listeners;

/**
 * What surrounds each call of user code.
 *
 * @param lifecycle whether the instance is paused or is to end; how a failed call waits
 * @param boundary what stands around each attempt
 * @param listeners hear of each attempt
 */
public record CallContext(LifecycleView lifecycle, CallBoundary boundary, Listeners listeners) {}
