/** The one loop that joins the stages; lifecycle and state. */
@NullMarked
package io.walwire.internal.engine;

import org.jspecify.annotations.NullMarked;
