/** Everything that Walwire throws, each with what happened, where, and what to do. */
@NullMarked
package io.walwire.error;

import org.jspecify.annotations.NullMarked;
