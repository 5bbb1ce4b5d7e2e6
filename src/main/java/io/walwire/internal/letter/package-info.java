/** Calls that failed for good, kept in a table or a file. */
@NullMarked
package io.walwire.internal.letter;

import org.jspecify.annotations.NullMarked;
