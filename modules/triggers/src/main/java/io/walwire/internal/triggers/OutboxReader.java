package io.walwire.internal.triggers;

import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.log.Logs;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.triggers.OutboxRows.Chunk;
import io.walwire.internal.triggers.OutboxRows.Horizon;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * One connection's reading of an outbox. Only transactions below the oldest one that still runs are read, in the order of their
 * ids: a slow one holds those back that began after it, and is never passed. One thread reads; any may confirm, ask and abort.
 */
final class OutboxReader implements AutoCloseable {
    private static final Logger LOG = Logs.of(OutboxReader.class);
    private static final long WRITE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long ASKED_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long ACTIVE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final int WAIT_MILLIS = 100;
    private static final int SHORT_WAIT_MILLIS = 5;
    private static final Duration STALLED = Duration.ofSeconds(5);

    private final OutboxSession session;
    private final Consumer consumer;
    private final OutboxRows rows;
    private final Cursors cursors;
    private final OutboxMessages messages = new OutboxMessages();
    private final StallReport stall;
    private final Wakes wakes;
    private final long renewalNanos;

    /** Where this begins. Before anything behind it is confirmed, all that is kept elsewhere has been compared with it. */
    private final Lsn begins;

    private volatile Lsn confirmed;
    private volatile long asked = System.nanoTime() - ASKED_NANOS;
    private volatile long heard = System.nanoTime();

    private Lsn written;
    private long writtenAt = System.nanoTime();

    /** Whether the cursor says that it is of the server's present run. */
    private boolean saysRun;

    /** What an earlier reader has left. */
    private boolean removesMore = true;

    private long xid;
    private long seq;

    /** The end of the last transaction that was found here; nothing has to be written while all of these are. */
    private Lsn found = Lsn.ZERO;

    private @Nullable Horizon horizon;
    private Lsn received;
    private boolean drained;
    private long lookedAt = System.nanoTime();
    private boolean due = true;

    /** Whether somebody notified while this read, and not while it waited. */
    private boolean woken;

    private int heldMillis;

    /** The pause between looks for somebody who asks: longer while they find nothing new. */
    private volatile int askedMillis;

    /** When there last was something to read. */
    private long readAt = System.nanoTime() - ACTIVE_NANOS;

    /**
     * A reader.
     *
     * @param session with the cursor claimed
     * @param from where to begin, at the claimed position or behind it
     * @param mostBytes how much it reads at once
     * @param wakes how it learns that there may be something
     */
    public OutboxReader(OutboxSession session, Consumer consumer, Claim claim, Lsn from, long mostBytes, Wakes wakes) {
        this.session = session;
        this.consumer = consumer;
        this.rows = session.rows(mostBytes);
        this.cursors = session.cursors();
        this.stall = new StallReport(session.connection(), STALLED);
        this.begins = claim.position();
        this.confirmed = claim.position();
        this.written = claim.position();
        this.received = from;
        this.xid = from.value();
        this.wakes = wakes;
        this.renewalNanos = Cursors.renewalNanos(consumer);
    }

    /** The next message; null if there is none for now. */
    public @Nullable PgOutputMessage next() throws SQLException {
        drained = false;
        PgOutputMessage message = messages.poll();
        while (message == null) {
            if (horizon == null && !isDue()) {
                drained = true;
                return null;
            }
            read();
            message = messages.poll();
        }
        return message;
    }

    private boolean isDue() {
        return due || System.nanoTime() - lookedAt > wakes.poll().toNanos();
    }

    private void read() throws SQLException {
        write();
        Horizon to = horizon;
        if (to == null) {
            lookedAt = System.nanoTime();
            due = false;
            to = rows.horizon(xid, seq);
            // as long as somebody holds changes back, nobody wakes this when that ends
            heldMillis = to.held() || session.mayMiss(to.end())
                    ? Math.max(SHORT_WAIT_MILLIS, Math.min(2 * heldMillis, WAIT_MILLIS))
                    : 0;
            askedMillis = received.isBefore(to.end()) ? 0 : Math.min(askedMillis + SHORT_WAIT_MILLIS, WAIT_MILLIS);
            horizon = to;
            reportStall(to);
        }
        Chunk chunk = to.any() ? chunk(to) : new Chunk(List.of(), true);
        for (OutboxRow row : chunk.rows()) {
            messages.add(row, rows.definition(row.definition()));
            xid = row.xid();
            seq = row.seq();
            found = new Lsn(xid + 1);
        }
        if (chunk.complete()) {
            messages.end();
            received = received.isBefore(to.end()) ? to.end() : received;
            horizon = null;
        }
        heard = System.nanoTime();
        // anybody may notify this channel, and the driver keeps what came with a statement's answer
        woken |= session.takeNotifications();
    }

    /** What others send meanwhile looks the same as a long answer, so this does not listen. */
    private Chunk chunk(Horizon to) throws SQLException {
        session.stopListening();
        if (wakes.areHeard()) {
            session.stayAwake();
        }
        readAt = System.nanoTime();
        return rows.read(xid, seq, to.end());
    }

    private void reportStall(Horizon to) throws SQLException {
        String message = stall.look(to);
        if (message != null && stall.isStalled()) {
            LOG.warn("{}: {}", consumer.name(), message);
        } else if (message != null) {
            LOG.info("{}: {}", consumer.name(), message);
        }
    }

    /** Whether the last {@link #next} found nothing. */
    public boolean isDrained() {
        return drained;
    }

    /** All transactions below have ended, and what is here of them was read. */
    public Lsn received() {
        return received;
    }

    /**
     * Waits for a moment, or until a writer has committed something.
     *
     * @param briefly whether the caller also waits for something that another thread does
     */
    public void await(boolean briefly) throws SQLException {
        write();
        boolean active = System.nanoTime() - readAt < ACTIVE_NANOS;
        boolean listens = wakes.areHeard();
        // where more soon comes, listening costs the server more than a few looks
        due |= (listens && !active && session.listen()) || woken;
        woken = false;
        boolean hurried = System.nanoTime() - asked < ASKED_NANOS || (listens && active);
        int quiet = Math.min(WAIT_MILLIS, (int) wakes.poll().toMillis());
        int shortly = Math.max(SHORT_WAIT_MILLIS, askedMillis);
        int millis = due ? 1 : hurried || briefly ? shortly : heldMillis > 0 ? heldMillis : quiet;
        due |= session.awaitNotification(millis) || hurried || heldMillis > 0;
    }

    /** Everything below is handled. Called by any thread. */
    public void confirm(Lsn lsn) {
        synchronized (this) {
            confirmed = confirmed.isBefore(lsn) ? lsn : confirmed;
        }
    }

    /** Has the reader look soon. Called by any thread. */
    public void ask() {
        long now = System.nanoTime();
        if (now - asked > ASKED_NANOS) {
            askedMillis = 0;
        }
        asked = now;
    }

    /** Called while nobody reads. Who cannot read needs not be woken, and notifications must not pile up meanwhile. */
    public void stayAlive() throws SQLException {
        write();
        session.stopListening();
        if (wakes.areHeard()) {
            session.stayAwake();
        }
        session.takeNotifications();
        due = true;
        heard = System.nanoTime();
    }

    /** How long ago the server answered last. Called by any thread. */
    public Duration silence() {
        return Duration.ofNanos(Math.max(0, System.nanoTime() - heard));
    }

    /** Writes the position where that frees something, or renews the lease; not each time that an idle server moves on. */
    private void write() throws SQLException {
        long since = System.nanoTime() - writtenAt;
        boolean frees = written.isBefore(found) && written.isBefore(confirmed);
        if (since > renewalNanos || (since > WRITE_NANOS && (frees || removesMore))) {
            boolean moved = frees || removesMore;
            writeNow();
            removesMore = moved && cursors.removePassed();
        }
    }

    private void writeNow() throws SQLException {
        Lsn position = confirmed;
        boolean isOfThisRun = begins.isBefore(position);
        cursors.advance(consumer.name(), position, isOfThisRun && !saysRun);
        saysRun = isOfThisRun;
        written = position;
        writtenAt = System.nanoTime();
    }

    /** The last position that is known to be written. */
    public Lsn written() {
        return written;
    }

    /** Ends the connection without a word. Called by any thread. */
    public void abort() {
        session.abort();
    }

    /**
     * Writes the position and removes what nobody needs any more, as far as the connection lets it.
     *
     * @param forGood whether nobody comes back to a temporary cursor
     */
    public void end(boolean forGood) {
        try {
            if (forGood && !consumer.durable()) {
                cursors.drop(consumer.name());
            } else {
                writeNow();
            }
            cursors.removePassed();
        } catch (SQLException | WalwireException e) {
            LOG.debug("The last position of {} could not be written; its changes come again", consumer.name(), e);
        }
    }

    @Override
    public void close() {
        if (session.isFlooded()) {
            wakes.flood();
            LOG.warn(
                    "{}: The connection was cut, because more notifications came at once than a reader takes. Walwire's writers"
                            + " send none that large: another role of this database notifies the channel. For five minutes"
                            + " the reader does not listen, and looks 20 times a second.",
                    consumer.name());
        }
        session.close();
    }
}
