package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.Preflight;
import io.walwire.internal.connection.publication.EarlyWriter;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.connection.server.WalPages;
import io.walwire.internal.log.Logs;
import io.walwire.internal.source.BackgroundQueries;
import io.walwire.internal.source.SourceContext;
import io.walwire.internal.source.SourceLifecycle;
import io.walwire.internal.source.UndeliveredGaps;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.PositionKind;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Tables that were published while a transaction had written to them. What it wrote before is never sent, so a table is complete
 * only from the end of that transaction on. That end is awaited. A start that has waited long enough goes on without it, and
 * handlers get a gap event when the table is complete.
 */
final class NewlyPublished {
    private static final Logger LOG = Logs.of(NewlyPublished.class);
    private static final Duration POLL = Duration.ofMillis(100);

    private final WalwireConfig config;
    private final Database database;
    private final SharedConnection connection;
    private final SourceLifecycle lifecycle;
    private final UndeliveredGaps undelivered;
    private final GapNotes notes;
    private final Queue<Gap> due = new ConcurrentLinkedQueue<>();
    private final Queue<Thread> waiting = new ConcurrentLinkedQueue<>();

    /** The writers for which handlers get a gap. */
    private final Set<Owed> owed = ConcurrentHashMap.newKeySet();

    /** What stays the same of a writer, also when it is prepared. */
    private record Owed(long xid, TableName table) {
        static Owed of(EarlyWriter writer) {
            return new Owed(writer.xid(), writer.table());
        }
    }

    NewlyPublished(SourceContext context, UndeliveredGaps undelivered, GapNotes notes) {
        this.config = context.config();
        this.database = context.database();
        this.connection = context.connection();
        this.lifecycle = context.lifecycle();
        this.undelivered = undelivered;
        this.notes = notes;
    }

    /** Before a stream of an existing slot. A new slot needs no wait: creating it waits for every open transaction. */
    void awaitAtStart(Preflight preflight, Predicate<TableName> subscribed) throws SQLException, InterruptedException {
        List<EarlyWriter> writers = preflight.earlyWriters(subscribed).stream()
                .filter(writer -> !owed.contains(Owed.of(writer)))
                .toList();
        if (writers.isEmpty()) {
            return;
        }
        Lsn from = preflight.current();
        List<EarlyWriter> left = await(preflight, writers);
        if (!left.isEmpty() && !lifecycle.isStopping()) {
            LOG.warn(
                    "{} still writes to {} since before it was published, and what it wrote until then is never sent. The"
                            + " stream begins all the same. When that transaction has ended, handlers get a gap event.",
                    EarlyWriter.people(left),
                    EarlyWriter.tables(left));
            owe(from, left);
        }
    }

    /**
     * Before a running instance subscribes to tables, or gets a handler of them. Handlers that get the tables already may get the
     * later part of a transaction alone, so that they get a gap event, too.
     *
     * @param wanted the tables
     * @param subscribed those that are subscribed already
     * @throws WalwireException if a transaction does not end in time; then nothing is subscribed
     */
    void awaitOrRefuse(Preflight preflight, Predicate<TableName> wanted, Predicate<TableName> subscribed)
            throws SQLException {
        List<EarlyWriter> left;
        try {
            List<EarlyWriter> writers = preflight.earlyWriters(wanted);
            List<EarlyWriter> partly = writers.stream()
                    .filter(writer -> subscribed.test(writer.table()) && !owed.contains(Owed.of(writer)))
                    .toList();
            if (!partly.isEmpty()) {
                owe(preflight.current(), partly);
            }
            left = await(preflight, writers);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WalwireException(ErrorCode.CLOSED, "Waiting for writers of the tables was interrupted.", e);
        }
        if (lifecycle.isStopping()) {
            throw new WalwireException(ErrorCode.CLOSED, "The instance " + config.name() + " is closed.");
        }
        if (!left.isEmpty()) {
            throw new WalwireException(
                    ErrorCode.PUBLICATION,
                    EarlyWriter.people(left) + " still writes to " + EarlyWriter.tables(left) + " on "
                            + database.display()
                            + " since before it was published, and what it wrote until then is never"
                            + " sent. Nothing was subscribed or added in this instance.",
                    "Call again when that transaction has ended, or" + " raise walwire.publication.wait.");
        }
    }

    /** The writers that have not ended in time. */
    private List<EarlyWriter> await(Preflight preflight, List<EarlyWriter> writers)
            throws SQLException, InterruptedException {
        if (writers.isEmpty()) {
            return writers;
        }
        Duration atMost = config.publication().patience();
        long deadline = System.nanoTime() + Lifecycle.nanos(atMost);
        LOG.info(
                "Waiting up to {} ms for {}, which wrote to {} before it was published",
                atMost.toMillis(),
                EarlyWriter.people(writers),
                EarlyWriter.tables(writers));
        List<EarlyWriter> left = preflight.remaining(writers);
        while (!left.isEmpty() && System.nanoTime() - deadline < 0 && !lifecycle.pause(POLL)) {
            left = preflight.remaining(left);
        }
        if (left.isEmpty()) {
            complete(writers, preflight.current());
        }
        return left;
    }

    private static void complete(List<EarlyWriter> writers, Lsn from) {
        LOG.info(
                "{} is complete from {} on: every transaction that commits later is sent whole",
                EarlyWriter.tables(writers),
                from);
    }

    private void owe(Lsn from, List<EarlyWriter> writers) {
        writers.forEach(writer -> owed.add(Owed.of(writer)));
        undelivered.add();
        boolean noted = notes.write(from);
        Thread thread = new Thread(() -> awaitTheRest(from, writers, noted), "walwire-" + config.name() + "-writers");
        thread.setDaemon(true);
        waiting.add(thread);
        thread.start();
    }

    /** A gap that handlers get when everything before its end was read. Called by the reader thread. */
    void owe(Gap gap, BackgroundQueries queries) throws SQLException, InterruptedException {
        undelivered.add();
        due.add(gap);
        notes.write(PositionKind.from(gap), queries); // what follows is confirmed before that
    }

    private void awaitTheRest(Lsn from, List<EarlyWriter> writers, boolean noted) {
        try {
            List<EarlyWriter> left = writers;
            boolean written = noted;
            Backoff between = new Backoff(); // the waits grow until the shared connection is closed between them
            while (!left.isEmpty() && !lifecycle.pause(between.next())) {
                written = written || notes.write(from);
                left = remaining(left);
            }
            if (left.isEmpty()) {
                if (!written) {
                    notes.write(from);
                }
                settle(from, writers);
            }
        } catch (InterruptedException e) {
            LOG.debug("Waiting for writers was interrupted, which only closing does");
        } finally {
            waiting.remove(Thread.currentThread());
        }
    }

    private List<EarlyWriter> remaining(List<EarlyWriter> writers) {
        try {
            return EarlyWriter.remaining(connection, writers);
        } catch (SQLException e) {
            LOG.debug("Whether writers still run could not be asked", e);
            return writers;
        }
    }

    private void settle(Lsn from, List<EarlyWriter> writers) throws InterruptedException {
        Backoff backoff = new Backoff();
        while (!lifecycle.isStopping()) {
            try {
                Lsn to = WalPages.current(connection);
                complete(writers, to);
                writers.forEach(writer -> owed.remove(Owed.of(writer)));
                due.add(new Gap(
                        from,
                        to,
                        EarlyWriter.tables(writers) + " was published while a transaction wrote to it: what that"
                                + " transaction had written until then was not sent"));
                return;
            } catch (SQLException e) {
                LOG.debug("The position could not be asked", e);
                lifecycle.pause(backoff.next());
            }
        }
    }

    /** The next gap for handlers; null if there is none by now. Called by the reader thread. */
    @Nullable
    Gap due() {
        return due.peek();
    }

    /** That gap is in the handlers' queue. Called by the reader thread. */
    void dueQueued() {
        due.remove();
    }

    /** Handlers know of one more gap. */
    void delivered() {
        notes.delivered();
    }

    /** Waits for what runs beside the reader, when the instance stops. */
    void end() throws InterruptedException {
        for (Thread thread : waiting) {
            thread.join(Duration.ofSeconds(1).toMillis());
        }
    }
}
