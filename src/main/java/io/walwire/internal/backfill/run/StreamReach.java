package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;

/** How far the stream has come on the server that it comes from. Written by the reader thread; any thread may ask. */
final class StreamReach {
    private volatile Lsn passed = Lsn.ZERO;
    private volatile Lsn delivered = Lsn.ZERO;

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
