/** Sockets that the driver is given in place of its own. */
@NullMarked
package io.walwire.internal.socket;

import org.jspecify.annotations.NullMarked;
