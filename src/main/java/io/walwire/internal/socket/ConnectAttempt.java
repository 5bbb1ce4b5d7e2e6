package io.walwire.internal.socket;

import io.walwire.internal.log.Logs;
import java.io.IOException;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * An attempt to connect, which any thread may abort. The driver waits long for a host that does not answer, and
 * nothing but the end of its socket ends that.
 */
public final class ConnectAttempt {
    private static final Logger LOG = Logs.of(ConnectAttempt.class);
    private static final AtomicLong TICKETS = new AtomicLong();
    private static final Map<String, ConnectAttempt> KNOWN = new ConcurrentHashMap<>();

    private final String ticket = Long.toString(TICKETS.incrementAndGet());
    private @Nullable Socket socket;
    private boolean aborted;

    /** What a socket factory is given, to find this. */
    public String register() {
        KNOWN.put(ticket, this);
        return ticket;
    }

    static @Nullable ConnectAttempt of(String ticket) {
        return KNOWN.get(ticket);
    }

    /** The driver tries one host after another, with a socket each. */
    synchronized void made(Socket next) {
        socket = next;
        if (aborted) {
            cut(next);
        }
    }

    /** The connection is open, or failed. */
    public synchronized void end() {
        KNOWN.remove(ticket);
        socket = null;
    }

    /** Makes it fail at once, at every host. Has no effect on a connection that is open. */
    public synchronized void abort() {
        aborted = true;
        if (socket != null) {
            cut(socket);
        }
    }

    private static void cut(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("A socket that is given up complains", e);
        }
    }
}
