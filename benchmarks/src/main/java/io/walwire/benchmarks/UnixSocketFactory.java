package io.walwire.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import javax.net.SocketFactory;

/** The bare loop's way over a unix-domain socket, without timeouts: enough for a loop that always has something to read. */
public final class UnixSocketFactory extends SocketFactory {
    private final Path path;

    /** Called by the driver. */
    public UnixSocketFactory(String path) {
        this.path = Path.of(path);
    }

    @Override
    public Socket createSocket() {
        return new ChannelSocket(path);
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(String host, int port, java.net.InetAddress local, int localPort) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(java.net.InetAddress host, int port) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(java.net.InetAddress host, int port, java.net.InetAddress local, int localPort) {
        throw new UnsupportedOperationException();
    }

    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // its own fields need no lock
    private static final class ChannelSocket extends Socket {
        private final Path path;
        private SocketChannel channel;
        private int timeout;

        ChannelSocket(Path path) {
            this.path = path;
        }

        @Override
        public void connect(SocketAddress ignored, int millis) throws IOException {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
        }

        @Override
        public InputStream getInputStream() {
            return Channels.newInputStream(channel);
        }

        @Override
        public OutputStream getOutputStream() {
            return Channels.newOutputStream(channel);
        }

        @Override
        public void setSoTimeout(int millis) {
            timeout = millis;
        }

        @Override
        public int getSoTimeout() {
            return timeout;
        }

        @Override
        public void setTcpNoDelay(boolean on) {
            // a unix-domain socket delays nothing
        }

        @Override
        public void setKeepAlive(boolean on) {
            // nor can it be half open
        }

        @Override
        public int getSendBufferSize() {
            return 1 << 16;
        }

        @Override
        public void setSendBufferSize(int size) {
            // the kernel's default will do
        }

        @Override
        public boolean isConnected() {
            return channel != null && channel.isConnected();
        }

        @Override
        public boolean isClosed() {
            return channel != null && !channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            if (channel != null) {
                channel.close();
            }
        }
    }
}
