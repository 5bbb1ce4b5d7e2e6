package io.walwire.internal.backfill;

import io.walwire.internal.pgoutput.TupleData;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What events said of one row since it is followed: its newest values, as far as they were sent. Over a row as a snapshot shows it
 * that sees every event before, they give the row as of the last event, whatever the snapshot sees of them: a value that no event
 * since has sent did not change. Not thread-safe.
 */
final class FollowedRow {
    private @Nullable TupleData newest;

    /** The names of the newest event's columns. */
    private List<String> columns = List.of();

    private boolean gone;

    /**
     * Whether it is another row than before, or one with other columns, of which a value is not known, so that no chunk can be
     * completed.
     */
    private boolean partial;

    /** The transaction of the row's last event before it was followed; null if every snapshot sees that. */
    private final @Nullable DeliveredTransaction before;

    /**
     * No event yet.
     *
     * @param before the transaction of the row's last event so far; null if every later snapshot sees that
     */
    FollowedRow(@Nullable DeliveredTransaction before) {
        this.before = before;
    }

    /** Whether the events so far complete what a chunk shows. */
    boolean completes(OpenRead read) {
        return !partial && (before == null || !read.mayMiss(before));
    }

    /** A change of the row was delivered. */
    void delivered(RowChange change) {
        TupleData row = change.row();
        if (row == null) {
            isGone();
        } else {
            boolean sameColumns = newest == null || change.columns().equals(columns);
            TupleData now = newest == null || !sameColumns ? row : over(row, newest);
            partial = (partial || gone || !sameColumns) && hasUnchanged(now);
            newest = now;
            columns = change.columns();
            gone = false;
        }
    }

    /** The row is gone, or has another key. */
    void isGone() {
        gone = true;
        partial = false;
        newest = null;
    }

    private static boolean hasUnchanged(TupleData row) {
        int at = row.offset();
        for (int i = 0; i < row.columns(); i++) {
            if (row.bytes()[at] == TupleData.UNCHANGED) {
                return true;
            }
            at = row.next(at);
        }
        return false;
    }

    /**
     * The row as of the last event.
     *
     * @param read the chunk
     * @param row as it was read
     * @return null if there is no such row any more, or the events' rows have other columns
     */
    @Nullable
    TupleData over(OpenRead read, TupleData row) {
        if (gone) {
            return null;
        }
        TupleData events = newest;
        if (events == null) {
            return row;
        }
        return columns.equals(read.columns()) ? over(events, row) : null;
    }

    /** The upper row, with the lower one's values where it has none. Both have the same columns. */
    private static TupleData over(TupleData upper, TupleData lower) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int above = upper.offset();
        int below = lower.offset();
        for (int i = 0; i < upper.columns(); i++) {
            int nextAbove = upper.next(above);
            int nextBelow = lower.next(below);
            if (upper.bytes()[above] == TupleData.UNCHANGED) {
                bytes.write(lower.bytes(), below, nextBelow - below);
            } else {
                bytes.write(upper.bytes(), above, nextAbove - above);
            }
            above = nextAbove;
            below = nextBelow;
        }
        return new TupleData(bytes.toByteArray(), 0, upper.columns());
    }
}
