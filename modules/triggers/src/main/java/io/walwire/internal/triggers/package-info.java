/**
 * The trigger source: triggers that write changes to an outbox table, the cursors of those who read it, and the reading, up to the
 * messages that a replication stream would have sent. The core finds it by
 * {@link io.walwire.internal.triggers.TriggerSourceProvider}, the command line uses
 * {@link io.walwire.internal.triggers.TriggerTables}.
 */
@NullMarked
package io.walwire.internal.triggers;

import org.jspecify.annotations.NullMarked;
