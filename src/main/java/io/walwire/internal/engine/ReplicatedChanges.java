package io.walwire.internal.engine;

import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.connection.server.LostBackendException;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.UndecodableChangeException;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.Message;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.recording.RecordingWriter;
import io.walwire.internal.replication.ReplicationStream;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.source.BackgroundQueries;
import io.walwire.internal.source.ChangeStream;
import io.walwire.internal.source.TableLookup;
import io.walwire.internal.transaction.BinaryColumns;
import io.walwire.internal.transaction.ReadRows;
import io.walwire.internal.transaction.TableFacts;
import io.walwire.internal.undecided.Undecided;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The changes that a replication slot sends: frames, what of them is decided, and the catalog beside them. */
final class ReplicatedChanges implements ChangeStream {
    /** A replay may be long, and does not read; well within half of any sensible wal_sender_timeout. */
    private static final long STATUS_WHILE_REPLAYING_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final ReplicationStream stream;
    private final Undecided undecided;
    private final BackgroundQueries queries;
    private final TableLookup tables;
    private final SilentServer silent;
    private final boolean binary;
    private final LeftOut leftOut;
    private final RecordingWriter recording;
    private final NewlyPublished newlyPublished;
    private final ReadAhead ahead = new ReadAhead();
    private long reported = System.nanoTime();
    private boolean drained;
    private @Nullable UndecodableChangeException undecodable;
    private @Nullable String unsent;

    /** Whether the transaction may come although a publication does not exist: for its messages, or another publication's changes. */
    private boolean goesOn;

    /** Asks the database for what the stream does not contain. */
    record Beside(BackgroundQueries queries, TableLookup tables, SilentServer silent, NewlyPublished newlyPublished) {}

    ReplicatedChanges(
            ReplicationStream stream,
            Undecided undecided,
            Beside beside,
            boolean binary,
            LeftOut leftOut,
            RecordingWriter recording) {
        this.stream = stream;
        this.undecided = undecided;
        this.queries = beside.queries();
        this.tables = beside.tables();
        this.silent = beside.silent();
        this.binary = binary;
        this.leftOut = leftOut;
        this.recording = recording;
        this.newlyPublished = beside.newlyPublished();
    }

    /** The stream, while what is asked beside it is not answered. */
    static BackgroundQueries.Stream whileAsked(ReplicationStream stream) {
        return new BackgroundQueries.Stream() {
            @Override
            public void stayAlive() throws SQLException {
                stream.stayAliveAside();
            }

            @Override
            public boolean isInDoubt() {
                return stream.isInDoubt();
            }
        };
    }

    @Override
    public Charset encoding() {
        return stream.start().encoding();
    }

    @Override
    public StreamStart start() {
        return stream.start();
    }

    @Override
    public @Nullable PgOutputMessage next() throws SQLException, InterruptedException {
        ReadAhead.Received before = ahead.poll();
        if (before != null) {
            return passed(due(before));
        }
        PgOutputMessage message = undecided.replayed(); // of what was set aside and has committed now
        if (message != null) {
            reportMeanwhile();
        } else {
            ByteBuffer frame = poll(); // socket -> bytes, null when drained
            drained = frame == null;
            if (frame == null) {
                atRest();
                return null;
            }
            recording.frame(frame, stream.received());
            message = undecided.accept(frame); // bytes -> message, null when set aside
        }
        if (message != null && !undecided.isArriving()) {
            tables.hear(message);
        } else if (binary && message instanceof Relation relation && !BinaryColumns.areBuiltIn(relation)) {
            requireReadableSoFar(relation);
        }
        return passed(message);
    }

    private @Nullable PgOutputMessage passed(@Nullable PgOutputMessage message)
            throws SQLException, InterruptedException {
        // a gap stands before the end of whatever commits after it
        if ((message instanceof Begin || message instanceof Commit)
                && !leftOut.look(stream.warned(), undecided.xids(), queries)) {
            drained = false;
            return null;
        }
        follow(message);
        return message;
    }

    /** What was read ahead fails where it stands, after what came before it. */
    private @Nullable PgOutputMessage due(ReadAhead.Received before) throws SQLException {
        reportMeanwhile();
        if (before.frame() != null) {
            recording.frame(before.frame(), before.position());
        }
        if (before.failure() instanceof SQLException broken) {
            throw broken;
        } else if (before.failure() instanceof RuntimeException refused) {
            throw refused;
        }
        return before.message();
    }

    /** The next message of a transaction that has begun; null if the socket is drained. */
    private ReadAhead.@Nullable Received receiveAhead() {
        ByteBuffer frame = null;
        try {
            PgOutputMessage message = undecided.replayed();
            if (message == null) {
                frame = poll();
                if (frame == null) {
                    return null;
                }
                message = undecided.accept(frame);
            }
            if (message != null) {
                tables.hear(message);
            }
            return new ReadAhead.Received(message, frame, stream.received(), null);
        } catch (SQLException | RuntimeException e) {
            return new ReadAhead.Received(null, frame, stream.received(), e);
        }
    }

    private @Nullable ByteBuffer poll() throws SQLException {
        try {
            return stream.poll();
        } catch (UndecodableChangeException e) {
            undecodable = e;
            throw e;
        } catch (SQLException e) {
            if (!binary || !ValueFormat.isMaybeOfBinary(e)) {
                throw e;
            }
            unsent = ServerErrors.said(e);
            throw new LostBackendException(unsent, String.valueOf(e.getSQLState()), e);
        }
    }

    /** What the server could not decode, so that the temporary slot ended; null if it has decoded all so far. */
    @Nullable
    UndecodableChangeException undecodable() {
        return undecodable;
    }

    /** What the server said when it could not send a change in binary, which it may send as text; null if it has sent all so far. */
    @Nullable
    String unsent() {
        return unsent;
    }

    private void follow(@Nullable PgOutputMessage message) throws SQLException, InterruptedException {
        if (message instanceof Begin begin) {
            leftOut.begin(begin);
            leftOut.rest(); // of a transaction whose change was published
            goesOn = leftOut.isOfSeveral();
        } else if (message instanceof Message sent && sent.transactional()) {
            goesOn = true;
            oweTheRest();
        }
    }

    private void oweTheRest() throws SQLException, InterruptedException {
        Gap rest = leftOut.rest();
        if (rest != null) {
            newlyPublished.owe(rest, queries);
        }
    }

    /** What a prepared transaction has made itself is asked about when it commits. */
    private void requireReadableSoFar(Relation relation) throws SQLException, InterruptedException {
        Map<Integer, PgType> visible = tables.visibleTypes(relation);
        if (visible != null) {
            BinaryColumns.requireReadable(relation, visible);
        }
    }

    private void reportMeanwhile() throws SQLException {
        long now = System.nanoTime();
        if (now - reported > STATUS_WHILE_REPLAYING_NANOS) {
            reported = now;
            stream.stayAlive();
        }
    }

    @Override
    public void placed(ReadRows rows) {
        recording.rows(rows);
    }

    private void atRest() throws SQLException, InterruptedException {
        recording.rest(stream.received());
        drained = leftOut.look(stream.warned(), undecided.xids(), queries);
    }

    @Override
    public boolean isDrained() {
        return drained;
    }

    @Override
    public boolean isArriving() {
        return undecided.isArriving();
    }

    @Override
    public boolean isReplaying() {
        return undecided.isReplaying();
    }

    /**
     * The server may fail at a row that it cannot send in binary, before that comes. What was set aside has come; of rolled
     * back parts, and of what is not committed yet, the catalog knows nothing.
     */
    @Override
    public boolean asksAtOnce(Relation relation) {
        return binary && !undecided.isArriving() && !undecided.isReplaying() && !BinaryColumns.areBuiltIn(relation);
    }

    @Override
    public @Nullable TableFacts facts(Relation relation) throws SQLException, InterruptedException {
        TableFacts facts = tables.facts(relation, () -> following(relation));
        if (facts == null) {
            return null;
        }
        recording.table(relation, facts);
        if (binary) {
            BinaryColumns.requireReadable(relation, facts);
        }
        return facts;
    }

    private List<Relation> following(Relation relation) {
        return asksAtOnce(relation) ? List.of() : ahead.read(this::receiveAhead, this::asksAtOnce);
    }

    @Override
    public @Nullable Gap due() {
        return newlyPublished.due();
    }

    @Override
    public void dueQueued() {
        newlyPublished.dueQueued();
    }

    @Override
    public @Nullable Gap leftOut(Lsn complete, Lsn read) throws SQLException, InterruptedException {
        Gap gap = leftOut.due(complete, read);
        if (goesOn) {
            oweTheRest();
        }
        return gap;
    }

    @Override
    public boolean leavesOutBeyond(Lsn received) {
        return leftOut.isBeyond(received);
    }

    @Override
    public void dueDelivered() {
        newlyPublished.delivered();
    }

    @Override
    public void await(boolean briefly) throws SQLException, InterruptedException {
        stream.await(briefly);
        if (stream.isInDoubt()) {
            silent.doubted();
        } else {
            silent.heard();
        }
    }

    @Override
    public Lsn received() {
        return stream.received();
    }

    @Override
    public void confirm(Lsn lsn) {
        stream.confirm(lsn);
    }

    @Override
    public void confirmLast(Lsn lsn) {
        stream.confirmLast(lsn);
    }

    @Override
    public void stayAlive() throws SQLException {
        stream.stayAlive();
    }

    @Override
    public void ask() {
        stream.ask();
    }

    @Override
    public Duration silence() {
        return stream.silence();
    }

    @Override
    public boolean holdsUpShutdown() {
        return true;
    }

    @Override
    public void leave() {
        stream.leave();
    }

    @Override
    public void abort() {
        stream.abort();
    }

    BackgroundQueries queries() {
        return queries;
    }

    int backend() {
        return stream.backend();
    }

    /** Makes room for a successor. */
    void releaseRecording() {
        recording.close();
    }

    /** Drops what was set aside, too. */
    @Override
    public void close() {
        try (stream;
                undecided;
                recording) {
            tables.close();
        }
    }
}
