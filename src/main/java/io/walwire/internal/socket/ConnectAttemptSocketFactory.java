package io.walwire.internal.socket;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes the sockets of a {@link ConnectAttempt}. The driver knows the factory by its class name and gives it one string: the
 * attempt's ticket, and behind it the file of a unix-domain socket if there is one.
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
        SocketArgument given = SocketArgument.of(argument);
        this.attempt = given.find(ConnectAttempt::of);
        this.unixSocket = given.unixSocket();
    }

    @Override
    public Socket createSocket() throws IOException {
        Socket socket = unixSocket == null ? new Socket() : new UnixSocket(unixSocket);
        attempt.made(socket);
        return socket;
    }
}
