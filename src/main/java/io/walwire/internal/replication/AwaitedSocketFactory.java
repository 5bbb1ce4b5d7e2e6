package io.walwire.internal.replication;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link AwaitedSocket}s for the driver, which knows it by its class name and gives it one string: the ticket by
 * which the opener of the connection then gets hold of the socket that was used.
 */
public final class AwaitedSocketFactory extends SocketFactory {
    private static final AtomicLong TICKETS = new AtomicLong();
    private static final Map<String, AwaitedSocket> LAST_MADE = new ConcurrentHashMap<>();

    private final String ticket;

    /**
     * Called by the driver.
     *
     * @param ticket its property {@code socketFactoryArg}
     */
    public AwaitedSocketFactory(String ticket) {
        this.ticket = ticket;
    }

    static String newTicket() {
        return Long.toString(TICKETS.incrementAndGet());
    }

    /** The last socket made for a ticket, which is the one that connected: the driver tries hosts one after another. */
    static @Nullable AwaitedSocket claim(String ticket) {
        return LAST_MADE.remove(ticket);
    }

    @Override
    public Socket createSocket() {
        AwaitedSocket socket = new AwaitedSocket();
        LAST_MADE.put(ticket, socket);
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return connected(new InetSocketAddress(address, port));
    }

    private Socket connected(InetSocketAddress address) throws IOException {
        Socket socket = createSocket();
        socket.connect(address);
        return socket;
    }
}
