/** The only user of pgJDBC's replication API: slot, stream, frames, status updates. */
@NullMarked
package io.walwire.internal.replication;

import org.jspecify.annotations.NullMarked;
