/** A cache in front of a table. It gets every write of any program, and lets a writer read its own writes. */
@NullMarked
package io.walwire.examples.cache;

import org.jspecify.annotations.NullMarked;
