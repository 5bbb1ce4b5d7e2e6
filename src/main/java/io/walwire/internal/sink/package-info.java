/** The files of the file sink, and how the sinks of modules are found. */
@NullMarked
package io.walwire.internal.sink;

import org.jspecify.annotations.NullMarked;
