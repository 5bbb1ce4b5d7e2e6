package io.walwire.internal.replication;

import io.walwire.event.Lsn;

/**
 * Where a stream began.
 *
 * @param slot the slot's name
 * @param systemId the server's system identifier, the same for a primary and its standbys
 * @param timeline the server's timeline, which a promotion or a restored backup changes
 * @param position everything committed from here on is sent
 * @param created whether the slot was created for this stream, so that what came before is not in it
 */
public record StreamStart(String slot, String systemId, int timeline, Lsn position, boolean created) {
    /**
     * The same stream from another position.
     *
     * @param other the position
     * @return a copy
     */
    StreamStart at(Lsn other) {
        return new StreamStart(slot, systemId, timeline, other, created);
    }

    /**
     * Whether positions of both streams mean the same.
     *
     * @param before the stream before
     * @return true on the same server and timeline
     */
    public boolean continues(StreamStart before) {
        return systemId.equals(before.systemId) && timeline == before.timeline;
    }
}
