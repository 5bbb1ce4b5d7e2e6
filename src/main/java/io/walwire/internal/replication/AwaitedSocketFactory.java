package io.walwire.internal.replication;

import io.walwire.internal.socket.DriverSocketFactory;
import io.walwire.internal.socket.UnixSocketImpl;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link AwaitedSocket}s for the driver, which knows it by its class name and gives it one string: the ticket by
 * which the opener of the connection then gets hold of the socket that was used. A ticket is a number, and behind it the
 * file of a unix-domain socket where there is one.
 */
public final class AwaitedSocketFactory extends DriverSocketFactory {
    private static final AtomicLong TICKETS = new AtomicLong();
    private static final Map<String, AwaitedSocket> LAST_MADE = new ConcurrentHashMap<>();
    private static final Set<String> REFUSED = ConcurrentHashMap.newKeySet();

    private final String ticket;
    private final @Nullable Path unixSocket;

    /**
     * Called by the driver.
     *
     * @param ticket its property {@code socketFactoryArg}
     */
    public AwaitedSocketFactory(String ticket) {
        this.ticket = ticket;
        int space = ticket.indexOf(' ');
        this.unixSocket = space < 0 ? null : Path.of(ticket.substring(space + 1));
    }

    /** A ticket for one connection, through a unix-domain socket's file or, without one, over TCP. */
    static String newTicket(@Nullable Path unixSocket) {
        String number = Long.toString(TICKETS.incrementAndGet());
        return unixSocket == null ? number : number + ' ' + unixSocket;
    }

    /** The last socket made for a ticket, which is the one that connected: the driver tries hosts one after another. */
    static @Nullable AwaitedSocket claim(String ticket) {
        return LAST_MADE.remove(ticket);
    }

    /** Cuts the socket that connects by this ticket, and every later one, until the ticket is forgotten. */
    static void refuse(String ticket) {
        REFUSED.add(ticket);
        AwaitedSocket made = LAST_MADE.get(ticket);
        if (made != null) {
            made.cut();
        }
    }

    /** No socket is made by this ticket any more. */
    static void forget(String ticket) {
        REFUSED.remove(ticket);
    }

    @Override
    public Socket createSocket() throws IOException {
        AwaitedSocket socket =
                unixSocket == null ? new AwaitedSocket() : new AwaitedSocket(new UnixSocketImpl(unixSocket));
        LAST_MADE.put(ticket, socket);
        if (REFUSED.contains(ticket)) {
            socket.cut(); // connecting it fails, at this host and at the next
        }
        return socket;
    }
}
