/** Existing rows: runs that read the rows of a table while the stream goes on. See {@code Walwire.backfill}. */
@NullMarked
package io.walwire.backfill;

import org.jspecify.annotations.NullMarked;
