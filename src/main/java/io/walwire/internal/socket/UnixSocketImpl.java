package io.walwire.internal.socket;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A unix-domain socket behind {@link java.net.Socket}, for a driver that knows no other: the address to connect to is
 * ignored for the file. Reads honour the timeout, and closing wakes the threads that read or write, neither of which Java's
 * blocking channels do; so the channel does not block, and a selector waits. What TCP alone has, such as keep-alive, is
 * accepted and without effect.
 */
public final class UnixSocketImpl extends SocketImpl {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Path file;
    private final ByteBuffer received = ByteBuffer.allocateDirect(BUFFER_BYTES).flip();
    private final Readiness readable = new Readiness(SelectionKey.OP_READ);
    private final Readiness writable = new Readiness(SelectionKey.OP_WRITE);
    private volatile @Nullable SocketChannel channel;
    private volatile int readTimeout;
    private boolean ended;

    /**
     * Not connected yet.
     *
     * @param file what to connect to
     */
    public UnixSocketImpl(Path file) {
        this.file = file;
    }

    @Override
    protected void create(boolean stream) throws IOException {
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        } catch (UnsupportedOperationException e) {
            throw new UnixSocketException("This system has no unix-domain sockets; give a host and a port", e);
        }
    }

    private SocketChannel open() throws SocketException {
        SocketChannel opened = channel;
        if (opened == null) {
            throw new SocketException("Socket is not created");
        }
        return opened;
    }

    @Override
    protected void connect(SocketAddress ignored, int timeoutMillis) throws IOException {
        if (ignored instanceof InetSocketAddress named) {
            // a socket that has no address looks unconnected
            address = named.getAddress() == null ? InetAddress.getLoopbackAddress() : named.getAddress();
            port = named.getPort();
        }
        SocketChannel opened = open();
        AtomicBoolean settled = new AtomicBoolean();
        if (timeoutMillis > 0) {
            // connecting waits where the server is too busy to accept, and knows no timeout
            CompletableFuture.delayedExecutor(timeoutMillis, TimeUnit.MILLISECONDS)
                    .execute(() -> {
                        if (settled.compareAndSet(false, true)) {
                            cut(opened);
                        }
                    });
        }
        try {
            opened.connect(UnixDomainSocketAddress.of(file));
            opened.configureBlocking(false);
        } catch (IOException e) {
            close();
            throw new UnixSocketException(settled.compareAndSet(false, true) ? reason(e) : late(timeoutMillis), e);
        }
        if (!settled.compareAndSet(false, true)) {
            throw new UnixSocketException(late(timeoutMillis));
        }
    }

    private static void cut(SocketChannel connecting) {
        try {
            connecting.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String late(int timeoutMillis) {
        return "The server did not accept at " + file + " within " + timeoutMillis + " ms";
    }

    /** Java reports neither the path, nor whether the file is missing or nobody listens on it. */
    private String reason(IOException e) {
        return Files.notExists(file)
                ? "There is no socket " + file
                : "The socket " + file + " cannot be connected: " + e.getMessage();
    }

    @Override
    protected void connect(String host, int portNumber) throws IOException {
        connect(InetSocketAddress.createUnresolved(host, portNumber), 0);
    }

    @Override
    protected void connect(InetAddress host, int portNumber) throws IOException {
        connect(new InetSocketAddress(host, portNumber), 0);
    }

    @Override
    protected InputStream getInputStream() {
        return new Input();
    }

    @Override
    protected OutputStream getOutputStream() {
        return new Output();
    }

    @Override
    protected int available() throws IOException {
        if (!received.hasRemaining()) {
            receive();
        }
        return received.remaining();
    }

    private int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!received.hasRemaining()) {
            awaitReceived();
        }
        if (!received.hasRemaining()) {
            return -1;
        }
        int count = Math.min(length, received.remaining());
        received.get(into, offset, count);
        return count;
    }

    /** Returns with bytes, or at the end. */
    private void awaitReceived() throws IOException {
        int timeout = readTimeout;
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeout);
        while (!ended && receive() == 0) {
            long left = timeout == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime() + 999_999);
            if (timeout != 0 && left <= 0) {
                throw new SocketTimeoutException("Read timed out");
            }
            await(readable, left);
        }
    }

    /** Takes what is there into the empty buffer, without waiting; how much that was. */
    private int receive() throws IOException {
        received.clear();
        try {
            ended |= open().read(received) < 0;
            return received.position();
        } catch (ClosedChannelException e) {
            throw closed(e);
        } finally {
            received.flip();
        }
    }

    private void write(byte[] from, int offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(from, offset, length);
        try {
            while (bytes.hasRemaining()) {
                if (open().write(bytes) == 0) {
                    await(writable, 0);
                }
            }
        } catch (ClosedChannelException e) {
            throw closed(e);
        }
    }

    private void await(Readiness readiness, long millis) throws IOException {
        try {
            readiness.await(open(), millis);
        } catch (ClosedChannelException | ClosedSelectorException e) {
            throw closed(e);
        }
    }

    private static SocketException closed(Exception cause) {
        SocketException closed = new SocketException("Socket closed");
        closed.initCause(cause);
        return closed;
    }

    @Override
    protected void shutdownOutput() throws IOException {
        open().shutdownOutput();
    }

    @Override
    protected void shutdownInput() throws IOException {
        open().shutdownInput();
    }

    @Override
    protected void close() throws IOException {
        SocketChannel opened = channel;
        if (opened != null) {
            opened.close();
        }
        readable.close();
        writable.close();
    }

    @Override
    public void setOption(int option, Object value) throws SocketException {
        if (option == SocketOptions.SO_TIMEOUT) {
            readTimeout = (Integer) value;
        } else if (option == SocketOptions.SO_SNDBUF) {
            size(StandardSocketOptions.SO_SNDBUF, (Integer) value);
        } else if (option == SocketOptions.SO_RCVBUF) {
            size(StandardSocketOptions.SO_RCVBUF, (Integer) value);
        }
    }

    @Override
    public Object getOption(int option) throws SocketException {
        return switch (option) {
            case SocketOptions.SO_TIMEOUT -> readTimeout;
            case SocketOptions.SO_SNDBUF -> size(StandardSocketOptions.SO_SNDBUF);
            case SocketOptions.SO_RCVBUF -> size(StandardSocketOptions.SO_RCVBUF);
            case SocketOptions.SO_LINGER -> -1;
            default -> false;
        };
    }

    private void size(SocketOption<Integer> option, int bytes) throws SocketException {
        try {
            open().setOption(option, bytes);
        } catch (IOException e) {
            throw closed(e);
        }
    }

    private Integer size(SocketOption<Integer> option) throws SocketException {
        try {
            return open().getOption(option);
        } catch (IOException e) {
            throw closed(e);
        }
    }

    @Override
    protected void bind(InetAddress host, int portNumber) throws IOException {
        throw new UnixSocketException("A unix-domain socket has no local address; leave localSocketAddress out");
    }

    @Override
    protected void listen(int backlog) throws IOException {
        throw new SocketException("This socket only connects");
    }

    @Override
    protected void accept(SocketImpl accepted) throws IOException {
        throw new SocketException("This socket only connects");
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        throw new SocketException("A unix-domain socket has no urgent data");
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            return UnixSocketImpl.this.read(into, offset, length);
        }

        @Override
        public int available() throws IOException {
            return UnixSocketImpl.this.available();
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            UnixSocketImpl.this.write(from, offset, length);
        }
    }
}
