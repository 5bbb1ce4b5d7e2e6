package io.walwire.lifecycle;

import org.jspecify.annotations.Nullable;

/**
 * How much of the server's log a replication slot keeps. Immutable. Implemented by Walwire alone, and later versions may add
 * methods.
 */
public interface SlotUsage {
    /**
     * How much of the log the server keeps for the slot, on its disk.
     *
     * @return bytes; 0 if the slot is lost
     */
    long retainedBytes();

    /**
     * How much can still be written to the log before the slot may be lost, by the server's {@code max_slot_wal_keep_size}.
     *
     * @return bytes, negative if it may be lost at the next checkpoint; 0 if it is lost; null if the server sets no limit
     */
    @Nullable
    Long safeBytes();
}
