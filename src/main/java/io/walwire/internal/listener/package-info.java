/** Listeners, called so that none of them can stop an instance. */
@NullMarked
package io.walwire.internal.listener;

import org.jspecify.annotations.NullMarked;
