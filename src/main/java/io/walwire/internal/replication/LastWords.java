package io.walwire.internal.replication;

import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.QueryExecutor;
import org.postgresql.core.v3.QueryExecutorImpl;
import org.postgresql.util.PSQLException;
import org.slf4j.Logger;

/**
 * What a server said before it ended a connection: an error of severity FATAL or PANIC, the last of all messages. The driver
 * drops it when it finds the end of the connection behind it.
 *
 * @param state its SQLSTATE
 * @param message the message alone, without details, which may show rows
 */
record LastWords(String state, String message) {
    private static final Logger LOG = Logs.of(LastWords.class);
    private static final int HEADER_BYTES = 5;

    /**
     * Looks at the last bytes that came.
     *
     * @return null if they do not end with such a message
     */
    static @Nullable LastWords in(byte[] bytes, int length) {
        for (int at = length - HEADER_BYTES; at >= 0; at--) {
            if (bytes[at] == 'E' && int32(bytes, at + 1) == length - at - 1) {
                LastWords found = read(bytes, at + HEADER_BYTES, length);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /**
     * Looks at what the driver has read, for connections whose bytes are encrypted. The driver keeps the server's last error until
     * the server is ready again, and does not report it when the connection ends before that.
     *
     * @param driver the driver's side of the connection
     * @return null if the driver keeps no error, or has no such field
     */
    static @Nullable LastWords keptBy(QueryExecutor driver) {
        try {
            Field kept = QueryExecutorImpl.class.getDeclaredField("transactionFailCause");
            kept.setAccessible(true);
            return kept.get(driver) instanceof PSQLException error && error.getSQLState() != null
                    ? new LastWords(error.getSQLState(), ServerErrors.said(error))
                    : null;
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("pgJDBC does not show why the server ended the connection", e);
            return null;
        }
    }

    private static int int32(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 24
                | (bytes[at + 1] & 0xFF) << 16
                | (bytes[at + 2] & 0xFF) << 8
                | (bytes[at + 3] & 0xFF);
    }

    /** Fields, each a code and a string that ends with zero, and a zero behind the last one. */
    private static @Nullable LastWords read(byte[] bytes, int from, int to) {
        Map<Character, String> fields = new HashMap<>();
        int at = from;
        while (at < to && bytes[at] != 0) {
            int end = at + 1;
            while (end < to && bytes[end] != 0) {
                end++;
            }
            fields.put((char) bytes[at], new String(bytes, at + 1, Math.max(0, end - at - 1), StandardCharsets.UTF_8));
            at = end + 1;
        }
        String severity = fields.get('V'); // not translated
        String state = fields.get('C');
        String message = fields.get('M');
        boolean last = "FATAL".equals(severity) || "PANIC".equals(severity);
        return at == to - 1 && last && state != null && message != null ? new LastWords(state, message) : null;
    }
}
