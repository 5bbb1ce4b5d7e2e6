/** Messages to transactions of events; the relation cache. */
@NullMarked
package io.walwire.internal.transaction;

import org.jspecify.annotations.NullMarked;
