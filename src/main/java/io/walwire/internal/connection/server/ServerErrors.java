package io.walwire.internal.connection.server;

import io.walwire.error.Advice;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.socket.UnixSocketException;
import io.walwire.internal.text.SqlIdentifiers;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/**
 * What a SQLSTATE means for a stream: whether it heals by trying again, and if not, what repairs it. Message text decides
 * nothing. (PostgreSQL manual, appendix "PostgreSQL Error Codes".)
 */
public final class ServerErrors {
    /** Classes that trying again may heal: connection, rollback, resources, intervention, system. */
    private static final Set<String> HEALING_CLASSES = Set.of("08", "40", "53", "57", "58");

    /** Object in use: a slot that another process streams from. */
    public static final String OBJECT_IN_USE = "55006";

    /** Connection failure: the connection was lost. */
    static final String CONNECTION_FAILURE = "08006";

    /** Cannot connect now: the server starts up or shuts down. */
    public static final String CANNOT_CONNECT_NOW = "57P03";

    /** Lock not available: the time for which a statement waits is over. */
    public static final String LOCK_NOT_AVAILABLE = "55P03";

    /** The server ended a transaction, or a session in the middle of one, because of their time. */
    private static final Set<String> TRANSACTION_TIMEOUTS = Set.of("25P03", "25P04");

    /** Configuration limit exceeded: no free replication slot. */
    private static final String CONFIGURATION_LIMIT = "53400";

    /** Duplicate object: a slot that another process has created. */
    private static final String DUPLICATE_OBJECT = "42710";

    /** Undefined object: of a stream that has begun, a publication as of the change that is decoded. */
    private static final String UNDEFINED_OBJECT = "42704";

    /** Not in prerequisite state: a slot that is lost; as a warning in a stream, mostly a publication that does not exist. */
    public static final String NOT_IN_PREREQUISITE_STATE = "55000";

    /** Protocol violation: how a pooler refuses a startup parameter that it does not pass on. */
    private static final String PROTOCOL_VIOLATION = "08P01";

    /** Administrator's command, crash of another process, database dropped, and the time-out of idle sessions. */
    private static final Set<String> ENDED_BY_THE_SERVER = Set.of("57P01", "57P02", "57P04", "57P05");

    /** The server's function that waits for the standbys of {@code synchronized_standby_slots} (PostgreSQL 17 and later). */
    private static final String WAIT_FOR_STANDBYS = "StandbySlotsHaveCaughtup";

    /**
     * Classes of what fails again at each attempt to decode a change: a value, a type's own function, a program limit, and what
     * PostgreSQL does not expect to happen, such as corrupt data.
     */
    private static final Set<String> UNDECODABLE_CLASSES = Set.of("22", "38", "39", "54", "XX");

    /** Internal error: of no kind that PostgreSQL expects. */
    private static final String INTERNAL_ERROR = "XX000";

    private static final String IN_PROGRESS =
            "PostgreSQL may fail to decode a transaction in progress, such as one whose TRUNCATE is rolled"
                    + " back; set walwire.streaming=off to have only what is committed decoded.";

    private ServerErrors() {}

    /**
     * Whether the same attempt may succeed later without anybody's doing.
     *
     * @param e what failed
     * @return false if somebody must repair something
     */
    public static boolean heals(SQLException e) {
        String state = e.getSQLState();
        return e instanceof NoCredentialsException
                || e instanceof LostBackendException
                || e instanceof UndecodableChangeException
                || waitsForStandby(e)
                || state == null
                || state.length() < 2
                || state.equals(OBJECT_IN_USE)
                || state.equals(LOCK_NOT_AVAILABLE)
                || TRANSACTION_TIMEOUTS.contains(state)
                || (HEALING_CLASSES.contains(state.substring(0, 2)) && !state.equals(CONFIGURATION_LIMIT));
    }

    /**
     * Whether the server failed at a change that it has to decode, and fails there again at each attempt. What it says of
     * publications and privileges is not of that kind.
     *
     * @param e what ended a stream that had begun
     * @return true if a slot gets past it only by being moved on
     */
    public static boolean isUndecodable(SQLException e) {
        String state = e.getSQLState();
        return e instanceof PSQLException error
                && error.getServerErrorMessage() != null
                && state != null
                && state.length() >= 2
                && UNDECODABLE_CLASSES.contains(state.substring(0, 2));
    }

    /**
     * Whether the server keeps changes back until a standby that {@code synchronized_standby_slots} names has them. It warns of
     * that again and again, and where it shuts down meanwhile, it ends the stream with that error. Its SQLSTATE stands for other
     * things too.
     *
     * @param e an error or a warning
     * @return true if the changes come later
     */
    public static boolean waitsForStandby(SQLException e) {
        ServerErrorMessage said = e instanceof PSQLWarning warning
                ? warning.getServerErrorMessage()
                : e instanceof PSQLException error ? error.getServerErrorMessage() : null;
        return said != null && WAIT_FOR_STANDBYS.equals(said.getRoutine());
    }

    /**
     * As {@link #heals}, of a plain connection beside a stream that runs. A role that may not log in any more, because its password
     * was changed for instance, still streams on the connection that it has, until somebody corrects that.
     *
     * @param e what failed
     * @return false if somebody must correct it, and the stream cannot wait for that
     */
    public static boolean healsBesideAStream(SQLException e) {
        String state = e.getSQLState();
        return heals(e) || (state != null && code(state) == ErrorCode.AUTHENTICATION);
    }

    /**
     * Whether the server has no free slot.
     *
     * @param e what failed
     * @return true if somebody has to drop one, or raise the limit
     */
    public static boolean isLimit(SQLException e) {
        return CONFIGURATION_LIMIT.equals(e.getSQLState());
    }

    /**
     * Whether an error means that the server could not be reached at all.
     *
     * @param e what failed
     * @return false if the server answered
     */
    public static boolean isUnreachable(@Nullable Throwable e) {
        return e instanceof SQLException sql
                && sql.getSQLState() != null
                && sql.getSQLState().startsWith("08");
    }

    /**
     * Whether another process took or created the slot after it was looked at.
     *
     * @param e what failed
     * @return true if it should be looked at again
     */
    public static boolean isTakenMeanwhile(SQLException e) {
        return OBJECT_IN_USE.equals(e.getSQLState()) || DUPLICATE_OBJECT.equals(e.getSQLState());
    }

    /**
     * Whether the slot is gone, or was invalidated, after it was looked at.
     *
     * @param e what failed while a stream was being opened
     * @return true if it should be looked at again
     */
    public static boolean isUnreadableSlot(SQLException e) {
        return UNDEFINED_OBJECT.equals(e.getSQLState()) || NOT_IN_PREREQUISITE_STATE.equals(e.getSQLState());
    }

    /**
     * Why a stream ended although its publications exist.
     *
     * @param said what the server said, explained
     * @param publications their names
     * @param database where
     * @return an error that says that the publications are younger than the changes, if they are; otherwise the original error
     */
    public static WalwireException explainEnd(WalwireException said, List<String> publications, Database database) {
        SQLException sql = sqlCause(said);
        if (sql == null || !UNDEFINED_OBJECT.equals(sql.getSQLState())) {
            return said;
        }
        return new WalwireException(
                ErrorCode.PUBLICATION,
                UNDEFINED_OBJECT,
                "The slot on " + database.display()
                        + " stands before changes that were committed when a publication of "
                        + String.join(", ", publications) + " did not exist: " + line(sql)
                        + " It exists now, but PostgreSQL before version 18 cannot decode what is older than it.",
                Advice.of("Create publications before slots."),
                said);
    }

    /**
     * The error for people.
     *
     * @param e what failed
     * @param doing what was being done, as in "connecting"
     * @param database where
     * @return what, where, and what to do
     */
    public static WalwireException explain(SQLException e, String doing, Database database) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        ErrorCode code = e instanceof LostBackendException ? ErrorCode.CONNECTION : code(state);
        Advice advice = new Advice(advice(e, state, code), sql(state, database.user()));
        return new WalwireException(
                code, state, "Failed " + doing + " on database " + database.display() + ": " + line(e), advice, e);
    }

    /** The driver's check of the host name throws what looks like a lost connection; the place where it was thrown distinguishes them. */
    private static boolean isOfHostName(SQLException e) {
        return Arrays.stream(e.getStackTrace())
                .limit(3)
                .anyMatch(at -> at.getClassName().equals("org.postgresql.ssl.MakeSSL")
                        && at.getMethodName().equals("verifyPeerName"));
    }

    /**
     * What a server said that was asked for transactions in progress, with advice where it may be their fault.
     *
     * @param said what {@link #explain} made of it
     * @return the same, or with one sentence more
     */
    public static WalwireException whileStreaming(WalwireException said) {
        SQLException cause = sqlCause(said);
        return cause == null || !INTERNAL_ERROR.equals(cause.getSQLState())
                ? said
                : withAdvice(said, Advice.of(IN_PROGRESS));
    }

    /** The same with more advice. */
    public static WalwireException withAdvice(WalwireException said, Advice advice) {
        Throwable cause = said.getCause();
        return new WalwireException(
                said.code(),
                said.sqlState(),
                said.what(),
                said.advice() == null ? advice : new Advice(said.advice() + " " + advice.text(), advice.sql()),
                cause == null ? said : cause);
    }

    private static String advice(SQLException e, String state, ErrorCode code) {
        if (cause(e, UnixSocketException.class) != null) {
            return "Is the server running there? Its settings unix_socket_directories and port say where its socket is.";
        }
        if (cause(e, Hosts.UnsuitableException.class) != null) {
            return "The server answers. Name a host that is what target_session_attrs in the URL asks for, or take that parameter"
                    + " out.";
        }
        if (isOfHostName(e)) {
            return "The server's certificate is of another host: connect by a name that it holds, have it made again with this one"
                    + " (subjectAltName), or set walwire.ssl.mode=verify-ca if its authority signs for nobody else.";
        }
        if (e instanceof LostBackendException || ENDED_BY_THE_SERVER.contains(state)) {
            return ""; // the server runs, and said itself why
        }
        // not every SSLException: a connection that breaks later is one too
        boolean tls = cause(e, SSLHandshakeException.class) != null || cause(e, GeneralSecurityException.class) != null;
        if (tls) {
            return "Check walwire.ssl.mode and walwire.ssl.root-certificate, and the server's certificate.";
        }
        return e instanceof UndecodableChangeException ? leftBehind(state) : advice(state, code);
    }

    private static String leftBehind(String state) {
        String cure = INTERNAL_ERROR.equals(state) ? IN_PROGRESS : advice(state, ErrorCode.SERVER);
        return "PostgreSQL cannot decode that change, and the temporary slot ended with it. A new one begins at the server's"
                + " present position, and a gap event says between which positions changes are lost."
                + (cure.isEmpty() ? "" : " " + cure);
    }

    private static <T extends Throwable> @Nullable T cause(Throwable e, Class<T> type) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
        }
        return null;
    }

    private static ErrorCode code(String state) {
        if (state.startsWith("28")) {
            return ErrorCode.AUTHENTICATION;
        }
        if (state.startsWith("08") || state.startsWith("57P")) {
            return ErrorCode.CONNECTION;
        }
        return switch (state) {
            case "42501" -> ErrorCode.PRIVILEGE;
            case OBJECT_IN_USE -> ErrorCode.SLOT;
            case "3D000" -> ErrorCode.CONFIGURATION;
            default -> ErrorCode.SERVER;
        };
    }

    private static @Nullable String sql(String state, String user) {
        return switch (state) {
            case "42501" -> "ALTER ROLE " + SqlIdentifiers.quote(user) + " REPLICATION;";
            case CONFIGURATION_LIMIT -> "SELECT pg_catalog.pg_drop_replication_slot('<name>');";
            default -> null;
        };
    }

    private static String advice(String state, ErrorCode code) {
        if (code == ErrorCode.AUTHENTICATION) {
            return "Check walwire.user and walwire.password, and the server's pg_hba.conf.";
        }
        if (state.equals("08004")) {
            return "Server and client ask each other for different things: check walwire.ssl.mode and walwire.password, and"
                    + " gssencmode, require_auth and channel_binding in the URL.";
        }
        if (state.equals(PROTOCOL_VIOLATION)) {
            return "If a connection pooler such as PgBouncer answers there: logical replication does not pass through it."
                    + " Connect to the host and port of the PostgreSQL server itself.";
        }
        if (code == ErrorCode.CONNECTION) {
            return "Is the server running there, and accepting connections?";
        }
        return switch (state) {
            case "42501" ->
                "The role may lack a privilege: grant what the message names. If it may not replicate, run as a superuser:";
            case LOCK_NOT_AVAILABLE ->
                "Another session or a prepared transaction holds a lock, as a migration does: wait for its end, or end it."
                        + " pg_locks and pg_prepared_xacts show who.";
            case "57014" ->
                "The statement took too long, or somebody cancelled it. If it waited for a lock, pg_locks shows who holds it.";
            case "25P03" ->
                "idle_in_transaction_session_timeout of the role, the database or the server ended the transaction.";
            case "25P04" -> "transaction_timeout of the role, the database or the server ended the transaction.";
            case "3D000" -> "Check the database's name in walwire.url or walwire.database.";
            case "53300" -> "Raise max_connections or max_wal_senders, or close what is no longer needed.";
            case CONFIGURATION_LIMIT -> "Raise max_replication_slots and restart, or drop a slot that nobody uses:";
            case "22021" ->
                "A text value is not valid UTF-8, which a database of encoding SQL_ASCII allows; PostgreSQL itself cannot"
                        + " send it, and fails again at each attempt. Fix the values, or move them to a database with"
                        + " ENCODING 'UTF8'.";
            case "54000" ->
                "PostgreSQL cannot build a message of more than a gigabyte; as text a bytea takes twice its size, and under"
                        + " REPLICA IDENTITY FULL an update holds the old row too. It fails again at each attempt."
                        + " walwire.binary=true halves what a bytea takes; another replica identity leaves out the old row"
                        + " of later changes.";
            default -> "";
        };
    }

    /**
     * The server's own message on one line, without the driver's prefixes and without its details, which may show rows.
     *
     * @param e what failed
     * @return a sentence
     */
    public static String said(SQLException e) {
        return line(e);
    }

    public static String line(SQLException e) {
        UnixSocketException socket = cause(e, UnixSocketException.class);
        if (socket != null) {
            // the driver speaks of a host and a port, which are not what was connected to
            return terminated(String.valueOf(socket.getMessage()));
        }
        String message = ExceptionText.ownMessage(e);
        return terminated(
                message == null
                        ? e.getClass().getSimpleName()
                        : ExceptionText.oneLine(message.replaceAll("\\s+", " ").strip()));
    }

    private static String terminated(String text) {
        return text.endsWith(".") || text.endsWith("?") || text.endsWith("!") ? text : text + ".";
    }

    /**
     * The SQLException in a chain of causes.
     *
     * @param e what was thrown
     * @return the first one, or null
     */
    public static @Nullable SQLException sqlCause(Throwable e) {
        return cause(e, SQLException.class);
    }
}
