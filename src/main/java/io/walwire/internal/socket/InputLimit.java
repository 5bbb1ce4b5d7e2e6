package io.walwire.internal.socket;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes a connection may receive while only little is expected. Beyond that the driver's read fails, and the driver
 * closes the connection: it would otherwise gather whatever comes within one of its calls. One thread uses the connection; any thread may
 * ask what has come.
 */
public final class InputLimit {
    private static final AtomicLong TICKETS = new AtomicLong();
    private static final Map<String, InputLimit> KNOWN = new ConcurrentHashMap<>();

    private final long most;
    private volatile boolean limited;
    private volatile boolean exceeded;
    private final AtomicLong received = new AtomicLong();

    /**
     * A limit that does not count yet.
     *
     * @param most bytes
     */
    public InputLimit(long most) {
        this.most = most;
    }

    /** From now on so many bytes may come. */
    public void begin() {
        received.set(0);
        limited = true;
    }

    /** From now on any number of bytes may come. */
    public void end() {
        limited = false;
    }

    /** Whether more came, so that the connection is closed. */
    public boolean isExceeded() {
        return exceeded;
    }

    /** How many bytes have come since it was begun. */
    public long received() {
        return received.get();
    }

    void count(int bytes) throws IOException {
        if (limited && bytes > 0) {
            if (received.addAndGet(bytes) > most) {
                exceeded = true;
                throw new IOException("The server sent more than " + most + " bytes where little was expected");
            }
        }
    }

    /** What a socket factory is given, to find this. */
    public String register() {
        String ticket = Long.toString(TICKETS.incrementAndGet());
        KNOWN.put(ticket, this);
        return ticket;
    }

    /** No further socket is made for a ticket. */
    public static void forget(String ticket) {
        KNOWN.remove(ticket);
    }

    static @Nullable InputLimit of(String ticket) {
        return KNOWN.get(ticket);
    }
}
