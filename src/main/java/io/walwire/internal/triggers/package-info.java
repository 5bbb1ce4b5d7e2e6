/**
 * The trigger source's side of the database: triggers that write changes to an outbox table, the cursors of those who read it,
 * and the reading, up to the messages that a replication stream would have sent.
 */
@NullMarked
package io.walwire.internal.triggers;

import org.jspecify.annotations.NullMarked;
