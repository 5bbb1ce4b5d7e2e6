package io.walwire.internal.triggers;

import io.walwire.event.Lsn;
import org.jspecify.annotations.Nullable;

/**
 * A cursor that was taken.
 *
 * @param position the first transaction that is not handled yet
 * @param created whether it is new, so that nothing before it will come
 * @param lost why changes before it are lost to this consumer; null if none are
 * @param from where that begins; null if nobody knows
 */
public record Claim(
        Lsn position,
        boolean created,
        @Nullable String lost,
        @Nullable Lsn from) {}
