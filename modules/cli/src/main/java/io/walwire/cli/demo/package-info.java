/** The demonstration: a throw-away server, a live workload, and handlers of the kind that a user writes. */
@NullMarked
package io.walwire.cli.demo;

import org.jspecify.annotations.NullMarked;
