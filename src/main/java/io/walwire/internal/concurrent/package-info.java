/** What code on several threads shares: bounded waits, waits between attempts, and code that throws. Sees nothing else of Walwire. */
@NullMarked
package io.walwire.internal.concurrent;

import org.jspecify.annotations.NullMarked;
