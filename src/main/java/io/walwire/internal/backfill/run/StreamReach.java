package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.RowReader;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.replication.StreamStart;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** How far the stream has come on the server that it comes from. Written by the reader thread; any thread may ask. */
final class StreamReach {
    private volatile Lsn passed = Lsn.ZERO;
    private volatile Lsn delivered = Lsn.ZERO;
    private volatile @Nullable StreamStart stream;

    /**
     * A stream begins. What was learned of the server of the one before is applied by now, or never. Nothing of this one is applied before that
     * is forgotten.
     *
     * @param forget discards what was learned, as far as it means nothing for this stream
     */
    synchronized void begins(StreamStart start, Runnable forget) {
        forget.run();
        stream = start;
    }

    /** The last stream that has begun; null if none has. */
    @Nullable
    StreamStart stream() {
        return stream;
    }

    /**
     * Applies what was learned of the server of a stream, unless another stream has begun since. That may be of another server, which gives the
     * same ids to other transactions, or of one that has crashed, which may have lost what it has shown.
     *
     * @param of the last stream, as of a moment before the server was asked
     * @throws SQLException if another one has begun
     */
    @SuppressWarnings("ReferenceEquality") // the next stream may begin at the same position
    synchronized void applyDuring(@Nullable StreamStart of, Runnable what) throws SQLException {
        if (stream != of) {
            throw new SQLException("The stream was lost meanwhile", ServerErrors.CANNOT_CONNECT_NOW);
        }
        what.run();
    }

    /**
     * One name may lead to several servers. What a primary has sent may be visible on a standby alone. A standby may be promoted while its
     * stream goes on.
     *
     * @param snapshot of the server that is read
     * @param reader that has taken it
     * @throws SQLException if it is not the server that streams
     */
    void requireSame(Snapshot snapshot, RowReader reader) throws SQLException {
        StreamStart of = stream;
        if (of != null && !of.server().standby() && snapshot.isOfStandby()) {
            reader.reconnect();
            throw new SQLException(
                    "The connection led to a standby, and the stream comes from a primary",
                    ServerErrors.CANNOT_CONNECT_NOW);
        }
    }

    /** Whether the stream comes from a primary, on which sessions write. */
    boolean isOfPrimary() {
        StreamStart of = stream;
        return of != null && !of.server().standby();
    }

    /** Another history begins, in which positions mean something else. */
    void forget() {
        passed = Lsn.ZERO;
        delivered = Lsn.ZERO;
    }

    /** A transaction that was committed there is delivered next. */
    void delivers(Lsn commit) {
        delivered = new Lsn(commit.value() + 1);
    }

    void passed(Lsn position) {
        passed = position;
    }

    /** Everything that was committed before was handed over. */
    Lsn passed() {
        return passed;
    }

    /** Everything that was delivered was committed before. */
    Lsn delivered() {
        Lsn whole = passed;
        Lsn begun = delivered;
        return whole.isBefore(begun) ? begun : whole;
    }
}
