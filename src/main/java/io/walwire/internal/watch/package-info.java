/** Watches: which subscriptions a change is of, and how it reaches them without holding anything up. */
@NullMarked
package io.walwire.internal.watch;

import org.jspecify.annotations.NullMarked;
