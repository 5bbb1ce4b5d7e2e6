/** Replication slots: their state, why they are lost, and notes of gaps beside them. */
@NullMarked
package io.walwire.internal.connection.slot;

import org.jspecify.annotations.NullMarked;
