/** The entry point: assemble, start, change and close an instance. */
@NullMarked
package io.walwire;

import org.jspecify.annotations.NullMarked;
