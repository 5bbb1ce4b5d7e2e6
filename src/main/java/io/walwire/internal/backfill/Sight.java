package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.connection.server.WalPages;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What a transaction sees, and how far the log of its server reached right after its snapshot was taken.
 *
 * @param standby whether the server is in recovery after the snapshot was taken
 * @param printed the snapshot, as the server prints it
 * @param position on a primary the end of its log; on a standby the end of what it has replayed
 * @param isStill whether it is a standby that receives the log and has replayed all of it
 */
record Sight(boolean standby, String printed, Lsn position, boolean isStill) {
    /**
     * Whether the log is received is asked for before how far: PostgreSQL begins to receive only after it has replayed all other log,
     * so that a record which is being replayed then is among what was received.
     */
    static final String QUERY = """
            SELECT pg_catalog.pg_current_snapshot()::pg_catalog.text AS snapshot,
                   EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver) AS receives,
                   pg_catalog.pg_last_wal_receive_lsn()::pg_catalog.text AS received,
                   pg_catalog.pg_last_wal_replay_lsn()::pg_catalog.text AS replayed,
                   (CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_current_wal_insert_lsn() END)
                           ::pg_catalog.text AS inserted,
                   pg_catalog.current_setting('wal_block_size')::pg_catalog.int8 AS wal_block,
                   pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')) AS segment""";

    static Sight of(ResultSet row) throws SQLException {
        String inserted = row.getString("inserted");
        if (inserted == null) {
            String replayed = row.getString("replayed");
            boolean isStill = row.getBoolean("receives") && replayed.equals(row.getString("received"));
            return new Sight(true, row.getString("snapshot"), Lsn.parse(replayed), isStill);
        }
        WalPages pages = new WalPages(row.getLong("wal_block"), row.getLong("segment"));
        return new Sight(false, row.getString("snapshot"), pages.endOfRecord(Lsn.parse(inserted)), false);
    }

    /** Whether what was committed before a position is visible to each transaction that begins from now on. */
    boolean shows(Lsn committed) {
        return !standby || !position.isBefore(committed); // a primary has what it sends
    }

    /**
     * What it sees. A standby lists no running transactions. So its snapshot sees what is before its xmin, and what was replayed before it.
     *
     * @param before of the same server, which may have been promoted since: whether it was in recovery when this one's snapshot was
     *     taken, only an earlier look says
     */
    Snapshot snapshot(Sight before) {
        return before.standby ? Snapshot.parseOfStandby(printed, before.position) : Snapshot.parse(printed);
    }

    /**
     * The position that the stream has to pass: everything that this sees was committed before it. A standby shows a commit to others
     * before it moves the position of its replay behind it. So the record behind that position may be a commit that was seen, until
     * the position has moved, or there is no such record.
     *
     * @param later of the same server
     */
    Lsn horizon(Sight later) {
        if (!standby) {
            return position;
        }
        boolean isKnown = !later.standby || later.isStill || position.isBefore(later.position);
        return isKnown ? later.position : new Lsn(position.value() + 1);
    }
}
