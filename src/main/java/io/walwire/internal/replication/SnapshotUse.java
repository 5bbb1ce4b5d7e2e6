package io.walwire.internal.replication;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.replication.StreamStart.History;
import java.sql.SQLException;
import java.time.Duration;

/**
 * What is done around the creation of a slot. What is to be read in the slot's snapshot has to be locked before the slot is created, and
 * the snapshot is there only until the stream begins.
 */
public interface SnapshotUse {
    /** Reads nothing. */
    SnapshotUse NONE = (slot, server, at, creation) -> creation.plain();

    /**
     * Has a slot created. Called by the thread that opens the stream.
     *
     * @param slot the slot
     * @param server the server that the stream comes from
     * @param at connects to that server
     * @param creation creates the slot, once
     * @return where the slot stands
     * @throws SQLException if it could not be created, or the instance is ending
     */
    Lsn create(SlotRequest slot, History server, Database at, Creation creation) throws SQLException;

    /** No stream begins at what was created last, or that stream has ended. Called by any thread. */
    default void discard() {}

    /** Creates a slot. */
    interface Creation {
        /**
         * Without a snapshot.
         *
         * @return where the slot stands
         * @throws SQLException if the server refuses
         */
        Lsn plain() throws SQLException;

        /**
         * With a snapshot, which is there until the stream begins.
         *
         * @param atMost how long the server may wait for running transactions
         * @return where the slot stands, and the name of the snapshot
         * @throws SnapshotSlot.TimeoutException if it has waited so long; nothing was created, and it can be tried again
         * @throws SQLException if the server refuses
         */
        SnapshotSlot.Made exported(Duration atMost) throws SQLException, SnapshotSlot.TimeoutException;
    }
}
