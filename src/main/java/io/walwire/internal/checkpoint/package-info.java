/** The position in the user's own database, committed with what the handlers write there. */
@NullMarked
package io.walwire.internal.checkpoint;

import org.jspecify.annotations.NullMarked;
