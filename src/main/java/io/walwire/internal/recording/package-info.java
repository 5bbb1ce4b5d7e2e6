/** A stream's bytes in a file, with what the catalog said beside, so that they can be decoded again without a database. */
@NullMarked
package io.walwire.internal.recording;

import org.jspecify.annotations.NullMarked;
