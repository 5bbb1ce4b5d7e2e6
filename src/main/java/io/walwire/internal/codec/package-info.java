/** PostgreSQL's text or binary of a value to Java and to JSON; pure functions. */
@NullMarked
package io.walwire.internal.codec;

import org.jspecify.annotations.NullMarked;
