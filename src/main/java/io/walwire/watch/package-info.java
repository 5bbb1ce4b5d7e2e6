/** Watches: subscriptions to the rows that a part of the application cares about, on a running instance. */
@NullMarked
package io.walwire.watch;

import org.jspecify.annotations.NullMarked;
