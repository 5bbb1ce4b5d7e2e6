package io.walwire.internal.replication;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.LostBackendException;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.UndecodableChangeException;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.SqlLiterals;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.core.Encoding;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;
import org.slf4j.Logger;

/**
 * A replication connection that streams. One thread reads: {@link #poll} until it returns null, then {@link #await}. Any
 * thread may {@link #confirm} and {@link #sendStatus}. A stream is used once; a lost one is replaced by a new one.
 *
 * <p>The driver's blocking {@code read()} is never used: idle, it sends no status and answers no keepalive. Nor is its
 * automatic flush, which confirms positions of work that is not handled yet.
 */
public final class ReplicationStream implements AutoCloseable {
    private static final Logger LOG = Logs.of(ReplicationStream.class);

    static final int STATUS_INTERVAL_MILLIS = 1_000;

    /** Short enough that closing and confirming are noticed soon, long enough that idling costs nothing. */
    private static final int AWAIT_MILLIS = 100;

    private static final int AWAIT_BRIEFLY_MILLIS = 2;

    private static final int CLOSE_MILLIS = 2_000;

    /** Much less than the system's buffers hold, and more than the replies of some minutes. */
    private static final int MUCH_UNREAD_BYTES = 16 * 1024;

    private final PgConnection connection;
    private final PGReplicationStream stream;
    private final AwaitedSocket socket;
    private final StreamStart start;
    private final Coalescing coalescing;
    private final SendTimes sendTimes = new SendTimes();
    private Lsn confirmed = Lsn.ZERO;
    private boolean ended;

    /** Whether reading has failed. What was read ahead of the failure is handled first, and nothing can be sent any more. */
    private boolean failed;

    private boolean inDoubt;
    private @Nullable String waitsFor;
    private volatile boolean listening = true;
    private volatile boolean asked;
    private volatile boolean leaving;
    private final ServerSilence silence;

    ReplicationStream(
            PgConnection connection,
            PGReplicationStream stream,
            AwaitedSocket socket,
            StreamStart start,
            Coalescing coalescing,
            ServerSilence silence) {
        this.connection = connection;
        this.stream = stream;
        this.socket = socket;
        this.silence = silence;
        this.start = start;
        this.coalescing = coalescing;
    }

    /** The server's, in which it sends what it does not convert; UTF-8 where it has none. */
    static Charset encoding(PGConnection connection) {
        String name = connection.getParameterStatus("server_encoding");
        return name == null || name.equals("SQL_ASCII")
                ? StandardCharsets.UTF_8
                : Charset.forName(Encoding.getDatabaseEncoding(name).name());
    }

    /** Where and on which server the stream began. */
    public StreamStart start() {
        return start;
    }

    /** The host that streams, of several, by the name that it was given. */
    public String host() {
        return connection.getQueryExecutor().getHostSpec().getHost();
    }

    /** The port that streams. */
    public int port() {
        return connection.getQueryExecutor().getHostSpec().getPort();
    }

    /** The server's process that streams. */
    public int backend() {
        return connection.getBackendPID();
    }

    /**
     * The next message that is there already. Sends a status when one is due, and answers keepalives.
     *
     * @return the payload of one XLogData, an array of its own; null if the socket is drained
     * @throws UndecodableChangeException if the server cannot decode what comes next, and the slot is temporary
     * @throws SQLException if the connection is broken or the server ended the stream
     */
    public @Nullable ByteBuffer poll() throws SQLException {
        listening = true;
        requireServer();
        ByteBuffer frame;
        try {
            frame = stream.readPending();
        } catch (SQLException e) {
            failed = true;
            throw explained(e);
        }
        if (frame != null) {
            sendTimes.read(frame);
            coalescing.read(frame.remaining());
        } else if (ended || stream.isClosed()) {
            failed = true;
            throw explained(new SQLException("The server ended the stream", "08006"));
        }
        return frame;
    }

    /** The driver reports only a lost connection, even where the server had said why it ended the connection. */
    private SQLException explained(SQLException e) {
        if (start.slot().temporary() && ServerErrors.isUndecodable(e)) {
            return new UndecodableChangeException(e);
        }
        if (!ServerErrors.isUnreachable(e)) {
            return e;
        }
        LastWords said = socket.lastWords();
        if (said == null) {
            said = LastWords.keptBy(connection.getQueryExecutor());
        }
        return said == null ? e : new LostBackendException(said.message(), said.state(), e);
    }

    /**
     * Waits for a moment, or until there is something to {@link #poll}. While the stream is behind, it first lets the socket
     * fill.
     *
     * @param briefly whether the caller also waits for something that another thread does
     * @throws SQLException if the connection is broken
     */
    public void await(boolean briefly) throws SQLException {
        long pause = coalescing.pause(sendTimes.lateNanos());
        if (pause > 0) {
            LockSupport.parkNanos(pause);
        }
        if (asked) {
            asked = false;
            sendStatus();
        }
        try {
            // the driver does not report the end of a stream that the server ended cleanly
            int millis = briefly ? AWAIT_BRIEFLY_MILLIS : AWAIT_MILLIS;
            ended = socket.awaitInput(millis) == AwaitedSocket.Awaited.END;
        } catch (IOException e) {
            throw new SQLException("The connection broke: " + e.getMessage(), "08006", e);
        }
        ServerSilence.Verdict verdict = silence.look(socket.lastInput());
        inDoubt = verdict == ServerSilence.Verdict.DOUBT;
        if (silence.isToBeAsked(verdict)) {
            sendStatus();
        }
    }

    /** Whether the server was silent at the last {@link #await} or {@link #stayAliveAside} for so long that it may be gone. */
    public boolean isInDoubt() {
        return inDoubt;
    }

    /** The highest position heard of: the start of the last message, or the server's own in a keepalive. */
    public Lsn received() {
        return new Lsn(stream.getLastReceiveLSN().asLong());
    }

    /** What a warning in the stream is about. */
    public enum Warned {
        /** There was none, or it says that changes come later. */
        NO,
        /** Something else than the next. */
        YES,
        /** A publication did not exist when changes were committed, which are then left out. */
        OF_CHANGES_LEFT_OUT
    }

    /**
     * Whether the server has sent a warning since this was last asked.
     *
     * @return what it is about
     * @throws SQLException if the connection is closed
     */
    public Warned warned() throws SQLException {
        SQLWarning warning = connection.getWarnings();
        if (warning == null) {
            return Warned.NO;
        }
        connection.clearWarnings();
        Warned about = Warned.NO;
        for (SQLWarning each = warning; each != null; each = each.getNextWarning()) {
            Warned one = about(each);
            about = one.compareTo(about) > 0 ? one : about;
        }
        return about;
    }

    private Warned about(SQLWarning warning) {
        String said = ServerErrors.said(warning);
        if (ServerErrors.waitsForStandby(warning)) {
            if (!said.equals(waitsFor)) {
                waitsFor = said; // the server says so again each time it looks
                LOG.warn(
                        "PostgreSQL sends further changes when a standby has them: {} Start the standby that streams from that"
                                + " slot, or take the slot out of synchronized_standby_slots and reload the configuration",
                        said);
            }
            return Warned.NO;
        }
        LOG.warn("PostgreSQL warned in the stream, which may mean that it leaves changes out: {}", said);
        return ServerErrors.NOT_IN_PREREQUISITE_STATE.equals(warning.getSQLState())
                ? Warned.OF_CHANGES_LEFT_OUT
                : Warned.YES;
    }

    /**
     * Everything up to this position is handled; the server hears of it with the next status, within a second.
     *
     * @param lsn a commit's end, or a keepalive's position; a lower one than before has no effect, since two threads may confirm
     *     at once and older servers go back to a lower position
     */
    public synchronized void confirm(Lsn lsn) {
        if (lsn.isBefore(confirmed)) {
            return;
        }
        confirmed = lsn;
        LogSequenceNumber position = LogSequenceNumber.valueOf(lsn.value());
        stream.setFlushedLSN(position);
        stream.setAppliedLSN(position);
    }

    /**
     * As {@link #confirm}, after an error as well. The server has then released the slot and takes statements again on this
     * connection, which cannot lead to another server than the stream did.
     *
     * @param lsn as above
     */
    public void confirmLast(Lsn lsn) {
        confirm(lsn);
        if (!stream.isClosed() || start.slot().temporary()) {
            return; // closing sends it, or nobody reads on from there
        }
        String position = SqlLiterals.quote(lsn.toString());
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_catalog.pg_replication_slot_advance(s.slot_name, " + position
                    + ") FROM pg_catalog.pg_replication_slots s WHERE s.slot_name = "
                    + SqlLiterals.quote(start.slot().name()) + " AND s.confirmed_flush_lsn < " + position);
        } catch (SQLException e) {
            LOG.warn(
                    "What was handled up to {} could not be confirmed after the stream had ended; it comes again: {}",
                    lsn,
                    ServerErrors.said(e));
        }
    }

    /**
     * Sends the confirmed position to the server now, and asks for a reply. Needed while nobody polls, because otherwise
     * the server assumes that the connection is dead.
     */
    public void sendStatus() throws SQLException {
        stream.forceUpdateStatus();
    }

    /**
     * As {@link #sendStatus}, by the reading thread while it does not read.
     *
     * @throws SQLException if the connection is broken, or the server is to be {@link #leave left}
     */
    public void stayAlive() throws SQLException {
        listening = false;
        requireServer();
        if (!failed) {
            sendStatus();
        }
    }

    /**
     * As {@link #stayAlive}, while the reading thread waits for an answer of the server on another connection. Looks whether this
     * one still brings anything: the server replies to each status.
     *
     * @throws SQLException if the connection is broken, or the server is to be {@link #leave left}
     */
    public void stayAliveAside() throws SQLException {
        requireServer();
        if (failed) {
            inDoubt =
                    true; // if the server cannot be reached on another connection either, nothing is worth waiting for
            return;
        }
        sendStatus();
        try {
            // where much waits to be read, the server may be unable to send more
            listening = socket.lookForInput() < MUCH_UNREAD_BYTES;
        } catch (IOException e) {
            throw new SQLException("The connection broke: " + e.getMessage(), "08006", e);
        }
        inDoubt = listening && silence.look(socket.lastInput()) == ServerSilence.Verdict.DOUBT;
    }

    /** Has the reading thread ask the server how far it is, at its next rest. */
    public void ask() {
        asked = true;
    }

    /** Has the reading thread give the stream up, because the server shuts down and waits for us. */
    public void leave() {
        leaving = true;
    }

    private void requireServer() throws SQLException {
        if (leaving) {
            throw new SQLException("The server is shutting down", ServerErrors.CANNOT_CONNECT_NOW);
        }
    }

    /** How long nothing has come from the server; not counted while nobody listens. */
    public Duration silence() {
        return listening ? Duration.ofNanos(silence.silent(socket.lastInput())) : Duration.ZERO;
    }

    /** Sends a last status, and closes so that the server reads it. Never throws: the connection ends in any case. */
    @Override
    public void close() {
        try {
            if (!stream.isClosed()) {
                sendStatus();
                socket.closeAfterServer(CLOSE_MILLIS);
            }
        } catch (SQLException e) {
            // the connection was lost before the last status: the server will send those transactions again
            ended = true;
        }
        abort();
    }

    /** Cuts the connection without a word. */
    public void abort() {
        try {
            socket.close();
            connection.close();
        } catch (Exception e) {
            // a connection that is cut complains; there is nothing left to repair
            ended = true;
        }
    }

    @Override
    public String toString() {
        return "ReplicationStream[" + start + ", backend " + connection.getBackendPID() + "]";
    }
}
