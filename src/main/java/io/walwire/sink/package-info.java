/** Sinks: destinations that get whole transactions, in groups. */
@NullMarked
package io.walwire.sink;

import org.jspecify.annotations.NullMarked;
