package io.walwire.internal.socket;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketImpl;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes sockets whose input an {@link InputLimit} counts. The driver knows the factory by its class name and gives it one
 * string: the limit's ticket, and behind it the file of a unix-domain socket if there is one.
 */
public final class LimitedSocketFactory extends DriverSocketFactory {
    private final InputLimit limit;
    private final @Nullable Path unixSocket;

    /**
     * Called by the driver.
     *
     * @param argument its property {@code socketFactoryArg}
     */
    public LimitedSocketFactory(String argument) {
        SocketArgument given = SocketArgument.of(argument);
        this.limit = given.find(InputLimit::of);
        this.unixSocket = given.unixSocket();
    }

    @Override
    public Socket createSocket() throws IOException {
        return unixSocket == null ? new Limited(limit) : new Limited(limit, new UnixSocketImpl(unixSocket));
    }

    private static final class Limited extends Socket {
        private final InputLimit limit;

        Limited(InputLimit limit) {
            this.limit = limit;
        }

        Limited(InputLimit limit, SocketImpl implementation) throws SocketException {
            super(implementation);
            this.limit = limit;
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new Counted(super.getInputStream(), limit);
        }
    }

    private static final class Counted extends FilterInputStream {
        private final InputLimit limit;

        Counted(InputStream in, InputLimit limit) {
            super(in);
            this.limit = limit;
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            limit.count(read < 0 ? 0 : 1);
            return read;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int count = super.read(into, offset, length);
            limit.count(count);
            return count;
        }
    }
}
