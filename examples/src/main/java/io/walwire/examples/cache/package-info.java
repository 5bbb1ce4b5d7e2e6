/** A cache in front of a table that hears of every write, by any program, and lets a writer read what it wrote. */
@NullMarked
package io.walwire.examples.cache;

import org.jspecify.annotations.NullMarked;
