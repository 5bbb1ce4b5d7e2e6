/** Metrics of an instance for Micrometer, and observations of its handlers that link to the writer's trace. */
@NullMarked
package io.walwire.micrometer;

import org.jspecify.annotations.NullMarked;
