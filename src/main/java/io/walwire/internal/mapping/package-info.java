/** Rows to the user's own records, checked against the table before the first row is read. */
@NullMarked
package io.walwire.internal.mapping;

import org.jspecify.annotations.NullMarked;
