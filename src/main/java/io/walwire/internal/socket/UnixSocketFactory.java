package io.walwire.internal.socket;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;

/**
 * Creates sockets that connect to one unix-domain socket file, whatever host the driver names. The driver creates this factory
 * by its class name and passes one string.
 */
public final class UnixSocketFactory extends DriverSocketFactory {
    private final Path file;

    /**
     * Called by the driver.
     *
     * @param file the socket's file, from its property {@code socketFactoryArg}
     */
    public UnixSocketFactory(String file) {
        this.file = Path.of(file);
    }

    @Override
    public Socket createSocket() throws IOException {
        return new UnixSocket(file);
    }
}
