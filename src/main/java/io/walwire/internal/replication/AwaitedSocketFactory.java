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
 * Creates {@link AwaitedSocket}s for the driver. The driver creates this factory by its class name and passes one string,
 * the ticket. With the same ticket, the code that opens the connection then claims the socket that the driver used. A ticket
 * is a number, followed by the path of the unix-domain socket if one is used.
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

    /** The last socket that a ticket created. It is the one that connected, because the driver tries hosts one after another. */
    static @Nullable AwaitedSocket claim(String ticket) {
        return LAST_MADE.remove(ticket);
    }

    /** Cuts the socket that this ticket created last, and every later one, until {@link #forget}. */
    static void refuse(String ticket) {
        REFUSED.add(ticket);
        AwaitedSocket made = LAST_MADE.get(ticket);
        if (made != null) {
            made.cut();
        }
    }

    /** Ends a ticket: the driver creates no more sockets with it. */
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
