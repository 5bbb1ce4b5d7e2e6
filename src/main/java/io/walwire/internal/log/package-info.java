/** Loggers whose lines nobody can forge. */
@NullMarked
package io.walwire.internal.log;

import org.jspecify.annotations.NullMarked;
