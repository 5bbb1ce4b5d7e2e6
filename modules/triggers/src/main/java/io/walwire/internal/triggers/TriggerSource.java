package io.walwire.internal.triggers;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.event.TransactionId;
import io.walwire.internal.backfill.DatabaseTables;
import io.walwire.internal.backfill.ReadableTables;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.catalog.TableShape;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.Progress;
import io.walwire.internal.replication.SlotRequest;
import io.walwire.internal.replication.SlotRequest.Loss;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.replication.StreamStart.History;
import io.walwire.internal.source.BackgroundQueries;
import io.walwire.internal.source.ChangeSource;
import io.walwire.internal.source.ChangeStream;
import io.walwire.internal.source.HandledTables;
import io.walwire.internal.source.SourceContext;
import io.walwire.internal.source.SourceLifecycle;
import io.walwire.internal.source.TableLookup;
import io.walwire.internal.source.UndeliveredGaps;
import io.walwire.internal.source.WantedTables;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.transaction.PositionKind;
import io.walwire.internal.triggers.OutboxSession.ServerFacts;
import io.walwire.internal.watch.Watches;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Triggers that write changes to an outbox: the objects, then the tables, then the cursor, each checked before the next. */
final class TriggerSource implements ChangeSource {
    private static final Logger LOG = Logs.of(TriggerSource.class);
    private static final Duration STANDBY_POLL = Duration.ofMillis(500);

    private final WalwireConfig config;
    private final WalwireConfig.Triggers triggers;
    private final Database database;
    private final SharedConnection connection;
    private final WantedTables wanted;
    private final SourceLifecycle lifecycle;
    private final long chunkBytes;
    private final TriggerTables tables;
    private final Consumer consumer;
    private final Wakes wakes;
    private volatile @Nullable OutboxReader current;
    private volatile boolean hasStreamed;
    private volatile long databaseOid;
    private final UndeliveredGaps undelivered = new UndeliveredGaps();
    private @Nullable Opened opened;
    private @Nullable String lastRun;

    /** A stream, and the server's run that it was opened in. */
    private record Opened(StreamStart start, String run) {}

    TriggerSource(SourceContext context) {
        this.config = context.config();
        this.triggers = Objects.requireNonNull(config.triggers(), "triggers");
        this.database = context.database();
        this.connection = context.connection();
        this.wanted = context.wanted();
        this.lifecycle = context.lifecycle();
        this.chunkBytes = context.memory();
        this.tables = TriggerTables.of(config, database);
        this.consumer = consumer(config, triggers);
        this.wakes = new Wakes(triggers.notifies());
        if (!config.publication().names().isEmpty()) {
            LOG.info(
                    "{}: walwire.publication has no effect with walwire.source=triggers; subscriptions alone decide",
                    config.name());
        }
    }

    private static Consumer consumer(WalwireConfig config, WalwireConfig.Triggers triggers) {
        boolean durable = config.slot().durable();
        String given = config.slot().name();
        String name = given != null
                ? given
                : config.name()
                        + String.format(
                                Locale.ROOT,
                                "_%08x",
                                ThreadLocalRandom.current().nextInt());
        Duration keep = durable ? triggers.retention() : OutboxSession.lease();
        return new Consumer(name, durable, keep, config.name());
    }

    @Override
    public @Nullable ChangeStream connect(@Nullable Progress progress) throws SQLException, InterruptedException {
        OutboxSession session = tables.open();
        try {
            prepare(session);
            // a name that was given may be another instance's, too
            if (config.slot().name() != null && !awaitCursor(session)) {
                session.close();
                return null;
            }
            OutboxReader before = current;
            Lsn written = before == null ? null : before.written();
            boolean queued = undelivered.isQueued();
            Claim claim = session.claim(consumer, written);
            ServerFacts server = session.server();
            boolean restarted = hasRestarted(server, claim, progress);
            StreamStart start = start(server, claim, loss(claim, queued), progress);
            Lsn from = progress != null
                            && !restarted
                            && progress.holds(start)
                            && claim.position().isBefore(progress.resume())
                    ? progress.resume()
                    : claim.position();
            OutboxReader reader = new OutboxReader(session, consumer, claim, from, chunkBytes, wakes);
            current = reader;
            opened = new Opened(start, server.run());
            databaseOid = server.database();
            hasStreamed = true;
            connection.drop(); // the server may be another one than before
            BackgroundQueries queries = new BackgroundQueries(database, lifecycle, reader::stayAlive);
            TableLookup lookup = new TableLookup(database, connection, queries);
            return new OutboxStream(reader, start, restarted, lookup, lifecycle::isStopping);
        } catch (SQLException | RuntimeException | InterruptedException e) {
            session.close();
            throw e;
        }
    }

    /**
     * Whether the server has started since the last stream began that was read, by this process or by another one before it. Of what
     * was committed without waiting for the disk it may have lost some, and gives those transactions' ids again: only the cursor, which
     * it has, can be trusted.
     */
    private boolean hasRestarted(ServerFacts server, Claim claim, @Nullable Progress progress) {
        Opened before = opened;
        if (before != null && progress != null && progress.last().equals(before.start())) {
            lastRun = before.run();
        }
        return !server.run().equals(lastRun == null ? claim.run() : lastRun);
    }

    private void prepare(OutboxSession session) throws SQLException {
        if (hasStreamed) {
            // a table that was dropped meanwhile must not end a stream that goes on for the others
            tables.requireObjects(session.connection());
            return;
        }
        Set<TableName> handled = wanted.handled().named();
        wanted.requireSubscribed(handled);
        tables.require(session.connection(), wanted.patterns(), handled);
    }

    /** Takes the cursor, or stands by for as long as another process has it; false if the instance is to stop. */
    private boolean awaitCursor(OutboxSession session) throws SQLException, InterruptedException {
        boolean logged = false;
        while (!lifecycle.isStopping()) {
            if (session.tryLock(consumer.name())) {
                return true;
            }
            String holder = session.holder(consumer.name());
            String busy = "Cursor \"" + consumer.name() + "\" on " + database.display() + " is in use by "
                    + (holder == null ? "another process" : holder);
            if (config.slot().busy() == WalwireConfig.Busy.FAIL && !hasStreamed) {
                throw new WalwireException(
                        ErrorCode.SLOT,
                        busy + ".",
                        "Stop that process, set walwire.slot.name to another name, or walwire.slot.busy=wait.");
            }
            if (!logged) {
                LOG.info("standing by: {}", busy);
                logged = true;
            }
            lifecycle.standBy(busy);
            lifecycle.pause(STANDBY_POLL);
        }
        return false;
    }

    /** What is noted in a cursor stays there until handlers know it; what is in their queue is no other loss. */
    private static @Nullable Loss loss(Claim claim, boolean queued) {
        String lost = claim.lost();
        return lost == null || (queued && !claim.created()) ? null : new Loss(claim.from(), lost);
    }

    /** A stream's start, in a form that can be compared with the end of the stream before it. */
    private StreamStart start(ServerFacts server, Claim claim, @Nullable Loss loss, @Nullable Progress progress) {
        SlotRequest slot =
                new SlotRequest(consumer.name(), !consumer.durable(), claim.created(), Lsn.ZERO, false, loss, null);
        History before = progress == null ? null : progress.last().server();
        String ancestry = before == null
                ? ""
                : server.timeline() == before.timeline()
                        ? before.ancestry()
                        // up to the cursor, which was written there and is here, both timelines have the same changes
                        : before.timeline() + "\t" + claim.position() + "\tpromoted";
        Lsn end = claim.returned() ? claim.position() : server.next();
        return new StreamStart(
                slot, new History(server.systemId(), server.timeline(), end, ancestry), claim.position());
    }

    @Override
    public synchronized void noteGap(@Nullable Lsn from) {
        undelivered.found();
        try (OutboxSession session = tables.open()) {
            session.noteGap(consumer, from);
        } catch (SQLException | WalwireException e) {
            LOG.warn("The gap cannot be noted in the cursor. Only this log shows it: {}", said(e));
        }
    }

    @Override
    public void gapQueued() {
        undelivered.queued();
    }

    @Override
    public synchronized void gapDelivered() {
        undelivered.delivered();
        if (!undelivered.isNone()) {
            return;
        }
        try (OutboxSession session = tables.open()) {
            session.gapDelivered(consumer);
        } catch (SQLException | WalwireException e) {
            LOG.warn(
                    "The note of a gap could not be removed from the cursor, so handlers get the gap again at the next"
                            + " start: {}",
                    said(e));
        }
    }

    /** The reader reports changed tables at its next write. */
    private static String said(Exception e) {
        return e instanceof SQLException sql ? ServerErrors.said(sql) : String.valueOf(e.getMessage());
    }

    @Override
    public String howToContinue(@Nullable StreamStart last, Lsn confirmed) {
        if (last == null) {
            return "";
        }
        String cursor = "Cursor \"" + consumer.name() + "\" on " + database.display();
        return consumer.durable()
                ? cursor + " is not read by this instance any more. It stands at " + confirmed.value()
                        + ", and the outbox keeps what comes after that for " + triggers.retention()
                        + ". Fix the cause and start again, which goes on from there."
                : cursor + " was temporary and ends: what is committed after " + confirmed.value()
                        + " never comes. Fix the cause and start again.";
    }

    @Override
    public boolean hasStreamed() {
        return hasStreamed;
    }

    @Override
    public WalwireException explain(WalwireException said) {
        return tables.explain(said);
    }

    @Override
    public void requireHandler(HandledTables handler) {
        wanted.requireSubscribed(handler.named());
        require(wanted.patterns(), wanted.handled().namedWith(handler), "checking the tables of a handler");
    }

    @Override
    public void requireSubscriptions(List<TablePattern> patterns) {
        require(wanted.with(patterns), wanted.handled().named(), "checking subscriptions");
    }

    private void require(List<TablePattern> patterns, Collection<TableName> handled, String doing) {
        try (OutboxSession session = tables.open()) {
            tables.require(session.connection(), patterns, handled);
        } catch (SQLException e) {
            throw ServerErrors.explain(e, doing, database);
        }
    }

    @Override
    public Watches.Tables tables() {
        return new Watches.Tables() {
            @Override
            public TableShape shape(TableName table) {
                try {
                    return tables.shape(table, isSubscribed(table));
                } catch (SQLException e) {
                    throw ServerErrors.explain(e, "checking a watch", database);
                }
            }

            @Override
            public boolean isSubscribed(TableName table) {
                return wanted.isSubscribed(table);
            }
        };
    }

    @Override
    public Lsn current() throws SQLException {
        try (OutboxSession session = tables.open()) {
            return session.current();
        }
    }

    @Override
    public PositionKind positions() {
        return PositionKind.TRANSACTION_ID;
    }

    @Override
    public Lsn reached(Position asked) {
        if (asked instanceof TransactionId) {
            return new Lsn(asked.value() + 1); // where the transaction ends
        }
        throw new WalwireException(
                ErrorCode.CONFIGURATION,
                "With walwire.source=triggers there are no positions of the log to wait for, such as " + asked
                        + ": wait for a TransactionId, or call awaitCurrent() after the commit.");
    }

    @Override
    public ReadableTables existingRows() {
        return existingRows(connection);
    }

    private ReadableTables existingRows(SharedConnection asked) {
        return new DatabaseTables(database, asked, new TriggerSender(tables.names(), () -> databaseOid));
    }

    @Override
    public List<Finding> check() {
        List<Finding> found = new TriggerDoctor(config, database, tables)
                .examine(wanted.patterns(), wanted.handled().named(), hasStreamed);
        boolean isUsable = found.stream()
                .noneMatch(finding ->
                        finding.severity() == Severity.ERROR && finding.where().equals(database.display()));
        if (!isUsable) {
            return found;
        }
        // an instance that has not started has nobody who closes its own connection
        try (SharedConnection asked = new SharedConnection(database)) {
            return Stream.concat(
                            new ReadingCheck(config, database, existingRows(asked)).look(wanted).stream(),
                            found.stream())
                    .sorted(Comparator.comparing(Finding::severity))
                    .toList();
        }
    }
}
