package io.walwire.internal.replication;

import io.walwire.event.Lsn;

/**
 * How far the streams before came.
 *
 * @param last where the last one began
 * @param resume everything up to here is handled, or waits in the handlers' queue
 * @param seen the highest position that was heard of
 */
public record Progress(StreamStart last, Lsn resume, Lsn seen) {
    /**
     * Whether all these positions still mean the same.
     *
     * @param next where a stream begins
     * @return false if the server's history is another, or ends before them
     */
    public boolean holds(StreamStart next) {
        return !next.common(last, seen).isBefore(seen);
    }
}
