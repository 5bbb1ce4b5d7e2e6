/** The plain connection on which everything is checked before a stream begins. */
@NullMarked
package io.walwire.internal.connection;

import org.jspecify.annotations.NullMarked;
