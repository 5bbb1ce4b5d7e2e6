package io.walwire.internal.triggers;

import io.walwire.event.Lsn;
import org.jspecify.annotations.Nullable;

/**
 * A cursor that was taken.
 *
 * @param position the first transaction that is not handled yet
 * @param created whether it is new, so that nothing before it will come
 * @param returned whether the cursor is there and lies before what this process has written: the database went back
 * @param lost why changes before it are lost to this consumer, or were and its handlers have got no gap event; null if none are
 * @param from where that begins; null if nobody knows
 * @param run the server's run in which all that is kept elsewhere was handled, as by a checkpoint; null if nobody knows
 */
record Claim(
        Lsn position,
        boolean created,
        boolean returned,
        @Nullable String lost,
        @Nullable Lsn from,
        @Nullable String run) {}
