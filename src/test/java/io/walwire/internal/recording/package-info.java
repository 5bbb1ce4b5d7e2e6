/** Tests of recordings. */
@NullMarked
package io.walwire.internal.recording;

import org.jspecify.annotations.NullMarked;
