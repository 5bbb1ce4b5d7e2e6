package io.walwire.internal.engine;

import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.replication.StreamStart;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Compares the position that is kept outside of the server, by a checkpoint or a sink, with where each stream begins. */
final class KeptPosition {
    private final String keeper;
    private final Store store;

    /** Whether a stream has been compared with the position. */
    private boolean begun;

    /**
     * The comparison of one instance.
     *
     * @param keeper what keeps the position, for the reasons of gaps
     * @param store knows the position
     */
    KeptPosition(String keeper, Store store) {
        this.keeper = keeper;
        this.store = store;
    }

    /** What is known of the position. */
    interface Store {
        /** Compares the first stream's start with the position; null if nothing was lost, and for each later stream. */
        @Nullable
        Gap begin(StreamStart start) throws SQLException;

        /** Everything before this position is done. */
        Lsn doneTo();

        /** The next gap sets the position back. */
        void serverWasSetBack();

        /** The stream cannot be used: the next one is the first. */
        void forgetBegin();
    }

    /** As {@link WorkBoundary#begin}. */
    @Nullable
    Gap begin(StreamStart start, @Nullable Lsn common) throws SQLException {
        Gap lost = store.begin(start);
        if (begun && common == null) {
            return lost; // of a restored server the first gap may still be in the handlers' queue
        }
        Lsn held = common == null ? logEnd(start) : common;
        if (!held.isBefore(store.doneTo())) {
            begun = true;
            return lost;
        }
        if (lost == null && common == null && start.server().standby()) {
            throw behind(held);
        }
        begun = true;
        store.serverWasSetBack(); // only with a gap, which uses it up
        return lost == null ? beyond(held, start.position()) : lost;
    }

    /** The slot may have been created after the server said where its log ends. */
    private static Lsn logEnd(StreamStart start) {
        Lsn end = start.server().end();
        return end.isBefore(start.position()) ? start.position() : end;
    }

    private Gap beyond(Lsn held, Lsn start) {
        return new Gap(
                held,
                start,
                keeper + " lies beyond " + held + ". The server has the history only up to there");
    }

    /** A standby may still receive what is done already; that is no loss. */
    private SQLException behind(Lsn end) {
        SQLException e = new SQLException(
                "The standby has come to " + end + ". It has to come to " + store.doneTo()
                        + ": everything up to there is done",
                "57P03");
        store.forgetBegin();
        return e;
    }
}
