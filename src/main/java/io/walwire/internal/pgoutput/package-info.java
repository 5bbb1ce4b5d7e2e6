/** Bytes of pgoutput to messages; a pure function. */
@NullMarked
package io.walwire.internal.pgoutput;

import org.jspecify.annotations.NullMarked;
