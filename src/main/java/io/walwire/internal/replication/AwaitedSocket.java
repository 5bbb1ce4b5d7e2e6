package io.walwire.internal.replication;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The socket beneath the driver, whose input can be waited for outside the driver's locks: {@link #awaitInput} fills a
 * buffer of its own, and the driver then reads from that.
 *
 * <p>pgJDBC asks whether a message is pending by setting a read timeout of 1 ms and reading a byte. That probe is answered
 * at once when nothing is there, so that draining never waits. All other reads of a streaming connection are of the rest of
 * a message that has begun: they wait for as long as {@link #REST_OF_MESSAGE_MILLIS}, whatever timeout the driver set,
 * because a timeout there would leave the driver in the middle of a message.
 */
final class AwaitedSocket extends Socket {
    /** The timeout by which pgJDBC's probe is known. */
    private static final int PROBE_MILLIS = 1;

    private static final int REST_OF_MESSAGE_MILLIS = 60_000;
    private static final int REST_OF_RECORD_MILLIS = 1_000;
    private static final int BUFFER_BYTES = 64 * 1024;

    /** A host that is gone shows after a minute, not after the two hours of most systems. By name: a reduced Java may lack them. */
    private static final Map<String, Integer> KEEP_ALIVE =
            Map.of("TCP_KEEPIDLE", 30, "TCP_KEEPINTERVAL", 10, "TCP_KEEPCOUNT", 3);

    /** Thrown at the end of each drain, so made once, without a stack trace. */
    private final NothingPending nothingPending = new NothingPending();

    private volatile boolean streaming;
    private volatile int driverTimeout;
    private volatile boolean probeConsumed;
    private volatile long lastInput = System.nanoTime();
    private int lastWaiting = -1;
    private AwaitedInput input;

    /** A TCP socket. */
    AwaitedSocket() {
        input = new AwaitedInput(InputStream.nullInputStream());
    }

    /** A socket of another kind. */
    AwaitedSocket(SocketImpl implementation) throws SocketException {
        super(implementation);
        input = new AwaitedInput(InputStream.nullInputStream());
    }

    /** From now on reads are those of a replication stream. */
    void startStreaming() {
        streaming = true;
    }

    /**
     * Waits until the driver has something to read: bytes, or the end of the stream.
     *
     * @param millis how long at most
     * @return what ended the wait
     * @throws IOException if the connection is broken
     */
    Awaited awaitInput(int millis) throws IOException {
        if (input.buffered() > 0) {
            return Awaited.INPUT;
        }
        realTimeout(millis);
        try {
            return input.fill() < 0 ? Awaited.END : Awaited.INPUT;
        } catch (SocketTimeoutException e) {
            return Awaited.NOTHING;
        }
    }

    /** What the server said before it ended the connection; null if nothing, or where it is encrypted. */
    @Nullable
    LastWords lastWords() {
        return LastWords.in(input.buffer, input.filled);
    }

    /** When bytes last came, by {@link System#nanoTime}, on any thread. */
    long lastInput() {
        return lastInput;
    }

    /**
     * Looks, without reading, whether bytes have come since the last look, and takes note of it. What fills the buffers for good
     * hides that more would come.
     *
     * @return how many bytes wait
     * @throws IOException if the connection is closed
     */
    int lookForInput() throws IOException {
        int waiting = input.buffered() + input.raw.available();
        if (waiting != lastWaiting) {
            lastWaiting = waiting;
            lastInput = System.nanoTime();
        }
        return waiting;
    }

    /** What ended a wait. */
    enum Awaited {
        INPUT,
        NOTHING,
        END
    }

    /**
     * Says that no more will be sent, and reads what still comes until the server closes, so that it takes note of what was
     * sent before: closing with bytes unread would reset the connection, and the last status with it.
     */
    void closeAfterServer(int millis) {
        long deadline = System.nanoTime() + millis * 1_000_000L;
        try {
            super.shutdownOutput();
            while (System.nanoTime() < deadline && !isClosed()) {
                realTimeout(Math.max(1, (int) ((deadline - System.nanoTime()) / 1_000_000L)));
                if (input.discard() < 0) {
                    break;
                }
            }
        } catch (IOException e) {
            // the connection is gone already, or the server too slow to wait for: closed below all the same
            streaming = false;
        }
        cut();
    }

    /** Closes without a word; a thread that reads gets an error. */
    void cut() {
        try {
            close();
        } catch (IOException e) {
            streaming = false;
        }
    }

    @Override
    public void setKeepAlive(boolean on) throws SocketException {
        super.setKeepAlive(on);
        if (on) {
            for (SocketOption<?> option : supportedOptions()) {
                Integer value = KEEP_ALIVE.get(option.name());
                if (value != null) {
                    set(option, value);
                }
            }
        }
    }

    @SuppressWarnings("unchecked")
    private void set(SocketOption<?> option, Integer value) throws SocketException {
        try {
            setOption((SocketOption<Integer>) option, value);
        } catch (IOException e) {
            throw (SocketException) new SocketException(option + " cannot be set: " + e.getMessage()).initCause(e);
        }
    }

    @Override
    public synchronized void setSoTimeout(int timeout) throws SocketException {
        driverTimeout = timeout;
        probeConsumed = false;
        if (!streaming) {
            super.setSoTimeout(timeout);
        }
    }

    @Override
    public synchronized int getSoTimeout() throws SocketException {
        return streaming ? driverTimeout : super.getSoTimeout();
    }

    private synchronized void realTimeout(int millis) throws SocketException {
        super.setSoTimeout(millis);
    }

    @Override
    public InputStream getInputStream() throws IOException {
        InputStream raw = super.getInputStream();
        if (input.raw != raw) {
            input = new AwaitedInput(raw);
        }
        return input;
    }

    private boolean isProbe() {
        return streaming && driverTimeout == PROBE_MILLIS;
    }

    /** Input with a buffer that {@link #awaitInput} fills; one thread reads it at a time. */
    private final class AwaitedInput extends InputStream {
        private final InputStream raw;
        private final byte[] buffer = new byte[BUFFER_BYTES];
        private int from;
        private int to;
        private int filled;
        private boolean ended;

        AwaitedInput(InputStream raw) {
            this.raw = raw;
        }

        int buffered() {
            return to - from;
        }

        /** Reads into the empty buffer: bytes read, or -1 at the end. */
        int fill() throws IOException {
            from = 0;
            to = 0;
            int count = ended ? -1 : raw.read(buffer, 0, buffer.length);
            ended = count < 0;
            to = Math.max(count, 0);
            filled = count > 0 ? count : filled;
            lastInput = System.nanoTime();
            return count;
        }

        int discard() throws IOException {
            return fill();
        }

        @Override
        public int available() {
            return buffered();
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (from == to && (ended || readMore() < 0)) {
                return -1;
            }
            int count = Math.min(length, to - from);
            System.arraycopy(buffer, from, into, offset, count);
            from += count;
            probeConsumed = true;
            return count;
        }

        private int readMore() throws IOException {
            if (!streaming) {
                return fill();
            }
            if (isProbe() && !probeConsumed && raw.available() == 0) {
                throw nothingPending;
            }
            // under TLS a probe may have taken the first bytes of a record, whose rest is then waited for
            realTimeout(isProbe() ? REST_OF_RECORD_MILLIS : REST_OF_MESSAGE_MILLIS);
            try {
                return fill();
            } catch (SocketTimeoutException e) {
                if (isProbe()) {
                    throw e;
                }
                throw new IOException(
                        "The server fell silent in the middle of a message for " + REST_OF_MESSAGE_MILLIS + " ms", e);
            }
        }
    }

    private static final class NothingPending extends SocketTimeoutException {
        private static final long serialVersionUID = 1L;

        NothingPending() {
            super("Nothing pending");
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }
}
