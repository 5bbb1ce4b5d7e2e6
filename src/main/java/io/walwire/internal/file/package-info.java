/** Files that hold values of rows, for this process's user alone. */
@NullMarked
package io.walwire.internal.file;

import org.jspecify.annotations.NullMarked;
