/** A cache in front of a table that hears of every write, whoever makes it, and lets a writer read what it wrote. */
@NullMarked
package io.walwire.examples.cache;

import org.jspecify.annotations.NullMarked;
