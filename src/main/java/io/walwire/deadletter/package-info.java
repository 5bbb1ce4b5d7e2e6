/** What {@code io.walwire.DeadLetters} keeps, and how its replay ended. */
@NullMarked
package io.walwire.deadletter;

import org.jspecify.annotations.NullMarked;
