package io.walwire.internal.socket;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketImpl;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes the sockets of a {@link ConnectAttempt}. The driver knows the factory by its class name and gives it one string: the
 * attempt's ticket, and behind it the file of a unix-domain socket where there is one.
 */
public final class ConnectAttemptSocketFactory extends DriverSocketFactory {
    private final ConnectAttempt attempt;
    private final @Nullable Path unixSocket;

    /**
     * Called by the driver.
     *
     * @param argument its property {@code socketFactoryArg}
     */
    public ConnectAttemptSocketFactory(String argument) {
        int space = argument.indexOf(' ');
        ConnectAttempt known = ConnectAttempt.of(space < 0 ? argument : argument.substring(0, space));
        if (known == null) {
            throw new IllegalArgumentException("No connection is being opened with ticket " + argument);
        }
        this.attempt = known;
        this.unixSocket = space < 0 ? null : Path.of(argument.substring(space + 1));
    }

    @Override
    public Socket createSocket() throws IOException {
        Socket socket = unixSocket == null ? new Socket() : new UnixSocket(new UnixSocketImpl(unixSocket));
        attempt.made(socket);
        return socket;
    }

    /** Only a subclass may be given its implementation. */
    private static final class UnixSocket extends Socket {
        UnixSocket(SocketImpl implementation) throws SocketException {
            super(implementation);
        }
    }
}
