/** The files of the file sink. */
@NullMarked
package io.walwire.internal.sink;

import org.jspecify.annotations.NullMarked;
