package io.walwire.internal.connection.server;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;

/**
 * The settings of every session that Walwire opens, whatever the role, the database or {@code postgresql.conf} say. They are
 * part of the startup packet, so that they hold from the first statement on and {@code RESET} returns to them. The driver
 * itself sets {@code client_encoding} and {@code DateStyle}. {@code docs/operations.md} lists them, and those that are left.
 */
final class SessionSettings {
    /** The first version with {@code transaction_timeout}; an older one refuses the whole session because of it. */
    private static final int TRANSACTION_TIMEOUT_SINCE = 17;

    private static final String SEARCH_PATH = "search_path";
    private static final String OPTIONS = PGProperty.OPTIONS.getName();

    /** Known to every version from 14 on, and settable by every role. */
    private static final Map<String, String> COMMON = common();

    private final Map<String, String> settings;

    private SessionSettings(Map<String, String> settings) {
        this.settings = settings;
    }

    private static Map<String, String> common() {
        Map<String, String> common = new LinkedHashMap<>();
        // they change the text of values: a walsender prints them, the row filters of publications compare them
        common.put("IntervalStyle", "postgres");
        common.put("bytea_output", "hex");
        common.put("extra_float_digits", "3");
        common.put("lc_monetary", "C");
        // regclass and its like print names, with a schema unless that is on the path
        common.put("quote_all_identifiers", "off");
        common.put(SEARCH_PATH, "pg_catalog,pg_temp");
        // the literals that Walwire builds double quotes alone
        common.put("standard_conforming_strings", "on");
        // warnings in the stream are read; the driver would collect anything below without a bound
        common.put("client_min_messages", "warning");
        // an error ends a statement, not the session
        common.put("exit_on_error", "off");
        // a policy on Walwire's own tables fails their reader; it must not hide rows from it
        common.put("row_security", "off");
        // a standby refuses serializable transactions; a deferrable one waits for others
        common.put("default_transaction_isolation", "read committed");
        common.put("default_transaction_deferrable", "off");
        common.put("default_transaction_read_only", "off");
        // a cursor that survives a crash of the server never lies beyond a commit that does not
        common.put("synchronous_commit", "on");
        // a connection rests for as long as handlers work
        common.put("idle_session_timeout", "0");
        common.put("idle_in_transaction_session_timeout", "0");
        // slots and locks outlive a client that vanished, until the server notices
        common.put("tcp_keepalives_idle", "10");
        common.put("tcp_keepalives_interval", "5");
        common.put("tcp_keepalives_count", "3");
        return common;
    }

    /**
     * Of a plain connection. The server gives up a statement before the client gives up the connection, so that no session is
     * left behind that waits for a lock.
     *
     * @param socketTimeoutSeconds after which the client gives up
     */
    static SessionSettings plain(int socketTimeoutSeconds) {
        long whole = TimeUnit.SECONDS.toMillis(socketTimeoutSeconds);
        return with(whole * 5 / 6, whole / 2);
    }

    /** The same but for the search path, which is the role's: it says where a table of the user's is. */
    SessionSettings onRolesPath() {
        Map<String, String> rest = new LinkedHashMap<>(settings);
        rest.remove(SEARCH_PATH);
        return new SessionSettings(rest);
    }

    /** Settings of a replication connection: without timeouts, because a new slot waits for all running transactions. */
    static SessionSettings replication() {
        return with(0, 0);
    }

    private static SessionSettings with(long statementMillis, long lockMillis) {
        Map<String, String> settings = new LinkedHashMap<>(COMMON);
        settings.put("statement_timeout", Long.toString(statementMillis));
        settings.put("lock_timeout", Long.toString(lockMillis));
        return new SessionSettings(settings);
    }

    /**
     * Adds the settings behind what is in the driver's property {@code options}, where the last one of a name counts.
     *
     * @param properties of the connection to be; not changed
     * @return a copy with the settings
     */
    Properties in(Properties properties) {
        StringBuilder options = new StringBuilder();
        settings.forEach(
                (name, value) -> options.append(" -c ").append(name).append('=').append(value.replace(" ", "\\ ")));
        Properties complete = new Properties();
        complete.putAll(properties);
        complete.setProperty(OPTIONS, (properties.getProperty(OPTIONS, "") + options).strip());
        return complete;
    }

    /**
     * Sets what cannot be in the startup packet of every server.
     *
     * @param connection a new connection
     * @throws SQLException if the server refuses
     */
    void complete(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            // the driver puts the time zone of its JVM into the startup packet, behind the options
            statement.execute("SET TimeZone = 'UTC'");
            if (connection.getMetaData().getDatabaseMajorVersion() >= TRANSACTION_TIMEOUT_SINCE) {
                // behind a pooler the session is the application's, too, and is left as it is; the pooler has announced
                // a
                // process of its own
                statement.execute("SELECT pg_catalog.set_config('transaction_timeout', '0', false)"
                        + " WHERE pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) "
                        + connection.unwrap(PGConnection.class).getBackendPID());
            }
        }
    }
}
