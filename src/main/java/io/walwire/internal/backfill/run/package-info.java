/**
 * Runs: which tables are read, by which threads, and how far they have come. {@link io.walwire.internal.backfill.run.Backfills} is what
 * the engine sees. The reader thread reports what it hands over and asks for rows that have their place; it waits for nothing here.
 * A thread of its own plans, takes snapshots and keeps the progress; others read chunks. With a checkpoint the handler thread keeps the
 * progress of each chunk in the handlers' transaction.
 */
@NullMarked
package io.walwire.internal.backfill.run;

import org.jspecify.annotations.NullMarked;
