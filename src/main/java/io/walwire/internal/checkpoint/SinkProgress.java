package io.walwire.internal.checkpoint;

import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.sink.SinkPosition;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How far one sink has come: what was written to it, and what of that it has stored. The reader thread begins streams, the handler
 * thread moves on, and any thread may report that a group is stored.
 */
public final class SinkProgress {
    private final String sink;
    private final boolean kept;

    /** What the sink held when it was opened; null if it held none. */
    private final @Nullable DonePosition opened;

    /** Whether a stream has been compared with what the sink held. */
    private volatile boolean compared;

    private volatile @Nullable DonePosition written;
    private volatile @Nullable DonePosition stored;
    private volatile String systemId = "";
    private final AtomicInteger timeline = new AtomicInteger();

    /** Whether the server lacks some of what is done: then the position starts again where the next gap ends. */
    private volatile boolean setBack;

    /**
     * The progress of a sink that was opened.
     *
     * @param sink its name, for gaps
     * @param kept whether it keeps the position
     * @param opened what it holds; null if it holds none
     */
    public SinkProgress(String sink, boolean kept, @Nullable SinkPosition opened) {
        this.sink = sink;
        this.kept = kept;
        this.opened = opened == null ? null : DonePosition.of(opened);
        this.stored = this.opened;
    }

    /**
     * A stream begins. The first stream's position is compared with what the sink holds.
     *
     * @param system the server's system identifier
     * @param line its timeline
     * @param start everything committed from here on is sent
     * @return what was lost before an instance's first stream, or null
     */
    public @Nullable Gap begin(String system, int line, Lsn start) {
        systemId = system;
        timeline.set(line);
        if (compared) {
            return null;
        }
        compared = true;
        DonePosition now = opened == null ? DonePosition.at(system, line, start) : opened;
        written = now;
        return kept ? now.gapBefore(sink, system, line, start) : null;
    }

    /** As {@link Progress#promoted}. */
    public void promoted(int from, int to) {
        timeline.compareAndSet(from, to);
    }

    /** As {@link Progress#forgetBegin}. */
    public void forgetBegin() {
        compared = false;
    }

    /** As {@link Progress#serverWasSetBack}. */
    public void serverWasSetBack() {
        setBack = true;
    }

    private DonePosition known() {
        DonePosition known = written;
        if (known == null) {
            throw new IllegalStateException("No stream has begun");
        }
        return known;
    }

    /** Everything before this position was written. */
    public Lsn doneTo() {
        return known().doneTo();
    }

    /** Everything before this position is stored; null if the sink holds no position yet. */
    public @Nullable Lsn storedTo() {
        DonePosition known = stored;
        return known == null ? null : known.doneTo();
    }

    /** What of a part was not written yet; null if nothing is left. */
    public @Nullable TransactionPart remaining(TransactionPart part) {
        DonePosition done = known();
        if (!kept) {
            return part;
        }
        if (done.isDone(part)) {
            return null;
        }
        return done.hasBegun(part) ? part.without(done::isDone) : part;
    }

    /** A part was written. */
    public void part(TransactionPart part) {
        written = known().on(systemId, timeline.get()).after(part);
    }

    /** Nothing is left to write before a position. */
    public void reach(Lsn lsn) {
        written = known().on(systemId, timeline.get()).doneTo(lsn);
    }

    /** A gap was written, behind which the stream goes on. Moves as {@link Progress#gap}. */
    public void gap(Lsn to) {
        DonePosition done = known();
        boolean same = kept && done.systemId().equals(systemId) && done.timeline() == timeline.get() && !setBack;
        written = same ? done.doneTo(to) : DonePosition.at(systemId, timeline.get(), to);
        setBack = false;
    }

    /** What was written ends here. */
    public SinkPosition position() {
        DonePosition at = known();
        return SinkPosition.parse(at.text());
    }

    /** A group is stored that ends here. */
    public void stored(SinkPosition position) {
        stored = DonePosition.of(position);
    }
}
