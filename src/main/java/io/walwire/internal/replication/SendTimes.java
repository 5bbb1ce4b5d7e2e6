package io.walwire.internal.replication;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;

/**
 * How late the server sends: the time between a transaction's commit and the sending of its messages. Both are the server's
 * own, the one in pgoutput's Begin and the other in the header that every message has, so that clocks of two machines are
 * never compared; but on a standby the commit's is the primary's.
 *
 * <p>A commit that waited for the disk is late too, and so is one that was made without waiting and flushed later, although
 * the server sent it as soon as it could. It shows in a pause: who makes one that is about as long as what comes
 * after it is late had nothing to send. So nothing counts as later than the time since the last such pause.
 */
final class SendTimes {
    /** The header that pgJDBC leaves before the payload: {@code w}, start, end, time. */
    private static final int HEADER_BYTES = 25;

    private static final int TIME_BYTES = 8;
    private static final byte BEGIN = 'B';

    /** Of Begin: its letter and the position of the commit come first. */
    private static final int COMMIT_TIME_AT = 9;

    /** Shorter ones are the processor's doing. */
    private static final long SHORTEST_PAUSE_MICROS = 1_000;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private long committed = Long.MAX_VALUE;
    private long sent;
    private long pausedUntil;
    private boolean readSomething;

    /** Notes a message's payload, as pgJDBC hands it over. */
    void read(ByteBuffer payload) {
        if (payload.arrayOffset() < HEADER_BYTES) {
            return;
        }
        int at = payload.position();
        if (payload.remaining() >= COMMIT_TIME_AT + TIME_BYTES && payload.get(at) == BEGIN) {
            committed = payload.getLong(at + COMMIT_TIME_AT);
        }
        long now = (long) LONG.get(payload.array(), payload.arrayOffset() - TIME_BYTES);
        long pause = now - sent;
        if (pause >= SHORTEST_PAUSE_MICROS && pause * 2 >= now - committed) {
            pausedUntil = now;
        }
        sent = now;
        readSomething = true;
    }

    /** How late the newest message was sent, in nanoseconds; 0 where nothing was read since this was last asked. */
    long lateNanos() {
        if (!readSomething) {
            return 0;
        }
        readSomething = false;
        return TimeUnit.MICROSECONDS.toNanos(Math.max(0, Math.min(sent - committed, sent - pausedUntil)));
    }
}
