/** From commit to handler, at a given number of commits a second. */
@NullMarked
package io.walwire.benchmarks.latency;

import org.jspecify.annotations.NullMarked;
