package io.walwire.internal.engine;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.internal.backfill.DatabaseTables;
import io.walwire.internal.backfill.PublicationSender;
import io.walwire.internal.backfill.ReadableTables;
import io.walwire.internal.backfill.Sender;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.config.WalwireConfig.Streaming;
import io.walwire.internal.connection.Preflight;
import io.walwire.internal.connection.doctor.Doctor;
import io.walwire.internal.connection.doctor.Subject;
import io.walwire.internal.connection.publication.TableShapes;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.connection.server.WalPages;
import io.walwire.internal.connection.slot.SkipAdvice;
import io.walwire.internal.log.Logs;
import io.walwire.internal.recording.Recording;
import io.walwire.internal.recording.RecordingWriter;
import io.walwire.internal.replication.Progress;
import io.walwire.internal.replication.ReplicationOpener;
import io.walwire.internal.replication.ReplicationStream;
import io.walwire.internal.replication.SlotRequest;
import io.walwire.internal.replication.SnapshotUse;
import io.walwire.internal.replication.StreamStart;
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
import io.walwire.internal.transaction.UnreadableInBinaryException;
import io.walwire.internal.undecided.Undecided;
import io.walwire.internal.watch.Watches;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Logical replication. From nothing to a stream: server, publications, slot, in this order, each checked before the next. */
final class ReplicationSource implements ChangeSource {
    private static final Logger LOG = Logs.of(ReplicationSource.class);
    private static final Duration RACE_PAUSE = Duration.ofMillis(100);
    private static final int MAX_SURPRISES = 5;

    private final WalwireConfig config;
    private final Database database;
    private final SharedConnection connection;
    private final ReplicationOpener opener;
    private final WantedTables wanted;
    private final SourceLifecycle lifecycle;
    private final SlotChoice slots;
    private final ValueFormat format;
    private final Disconnect disconnect;
    private final UndeliveredGaps undelivered = new UndeliveredGaps();
    private final GapNotes notes;
    private final NewlyPublished newTables;
    private final long undecidedBytes;
    private boolean hasStreamed;
    private boolean warnedOfTwoPhase;
    private boolean succeeds;
    private volatile @Nullable ReplicatedChanges current;
    private volatile @Nullable WalPages pages;
    /** Whether the shared connection leads to the host of a stream, and no other. */
    private boolean leads;

    ReplicationSource(SourceContext context, ReplicationOpener opener) {
        this.config = context.config();
        this.database = context.database();
        this.connection = context.connection();
        this.opener = opener;
        this.wanted = context.wanted();
        this.lifecycle = context.lifecycle();
        this.undecidedBytes = context.memory();
        this.slots = new SlotChoice(config, database, lifecycle, undelivered);
        this.format = new ValueFormat(config, opener);
        this.disconnect = new Disconnect(database, lifecycle);
        this.notes = new GapNotes(config.slot(), database, connection, undelivered);
        this.newTables = new NewlyPublished(context, undelivered, notes);
    }

    /** Has something done around the creation of a slot, if the first stream needs one. */
    void useFirstSnapshot(SnapshotUse use) {
        opener.useFirstSnapshot(use);
    }

    @Override
    public ReadableTables existingRows() {
        TableShapes shapes = new TableShapes(database, config.publication());
        Sender sender = new PublicationSender(config.publication().names(), shapes);
        return new DatabaseTables(database, connection, sender);
    }

    @Override
    public @Nullable ChangeStream connect(@Nullable Progress progress) throws SQLException, InterruptedException {
        if (leads) {
            leads = false;
            connection.follow(database); // the host that streamed may be gone, and another take over
        }
        slots.beginAfter(current);
        format.beginAfter(current);
        int surprises = 0;
        while (!lifecycle.isStopping()) {
            SlotRequest request = prepare();
            if (request == null) {
                return null;
            }
            try {
                ChangeStream stream = streaming(slots.held(opener.open(request, progress), opener.beforehand()));
                hasStreamed = true;
                disconnect.streaming();
                return stream;
            } catch (SQLException e) {
                surprises += ServerErrors.isUnreadableSlot(e) ? 1 : 0;
                if (!ServerErrors.isTakenMeanwhile(e) && (surprises == 0 || surprises > MAX_SURPRISES)) {
                    throw e;
                }
                LOG.debug("The slot is not as it was a moment ago", e);
                lifecycle.pause(RACE_PAUSE);
            }
        }
        return null;
    }

    private ChangeStream streaming(ReplicationStream stream) {
        slots.streaming(stream.backend());
        format.begun();
        RecordingWriter recording;
        try {
            recording = Recording.begin(config.record(), database.name(), stream.start());
        } catch (WalwireException e) {
            if (!hasStreamed) {
                stream.close();
                throw e;
            }
            // what is beside the stream never ends an instance that has started
            LOG.error("This connection is not recorded: {}", e.getMessage());
            recording = Recording.begin(null, database.name(), stream.start());
        }
        connection.follow(database.at(stream.host(), stream.port()));
        leads = true;
        BackgroundQueries queries = new BackgroundQueries(database, lifecycle, ReplicatedChanges.whileAsked(stream));
        ReplicatedChanges changes = new ReplicatedChanges(
                stream,
                new Undecided(undecidedBytes, Path.of(System.getProperty("java.io.tmpdir"))),
                new ReplicatedChanges.Beside(
                        queries,
                        new TableLookup(database, connection, queries),
                        new SilentServer(queries, connection, stream.backend()),
                        newTables),
                opener.isBinary(),
                new LeftOut(config.publication(), database, connection),
                recording);
        current = changes;
        return changes;
    }

    @Override
    public void endBinary(UnreadableInBinaryException why) {
        format.endBinary(String.valueOf(why.getMessage()));
        succeeds = !config.slot().durable();
    }

    /** In text after one in binary, whose slot may end with its connection, and has to be copied before. */
    @Override
    public @Nullable ChangeStream successor(ChangeStream ended, @Nullable Progress progress) {
        ReplicatedChanges binary = current;
        if (!succeeds || binary == null || lifecycle.isStopping()) {
            return null;
        }
        succeeds = false;
        String before = ended.start().slot().name();
        try {
            binary.releaseRecording();
            connection.drop(); // makes room for the successor's connection
            return streaming(opener.open(SlotRequest.copy(slots.temporaryName(), before), progress));
        } catch (SQLException e) {
            LOG.debug("The slot {} could not be copied", before, e);
            return null;
        }
    }

    /** Everything before the stream; null if the instance is to stop. */
    private @Nullable SlotRequest prepare() throws SQLException, InterruptedException {
        try (Preflight preflight = new Preflight(database, config.publication(), opener.beforehand())) {
            disconnect.examine(preflight.server());
            preflight.requireLogical();
            preflight.requireOrigin(config.origin());
            preflight.requireProtocol(config.protocol());
            if (hasStreamed) {
                // a table that was dropped meanwhile must not end a stream that goes on for the others
                preflight.requirePublications();
            } else {
                prepareFirst(preflight);
            }
            SlotRequest request = slots.choose(preflight);
            format.choose(preflight);
            if (!hasStreamed && request != null && !request.create()) {
                newTables.awaitAtStart(preflight, wanted::isSubscribed);
            }
            return lifecycle.isStopping() ? null : request;
        }
    }

    private void prepareFirst(Preflight preflight) throws SQLException {
        HandledTables handled = wanted.handled();
        wanted.requireSubscribed(handled.named());
        preflight.requirePublished(wanted.patterns(), handled.named());
        preflight.requireAlikeColumns();
        preflight.warnOfHazards(wanted.patterns(), handled.named());
        OldValues.warnOfUnknown(preflight, handled, wanted::isSubscribed);
        warnOfTwoPhase();
    }

    @Override
    public void noteGap(@Nullable Lsn from) throws SQLException, InterruptedException {
        undelivered.found();
        ReplicatedChanges stream = current;
        if (stream != null) {
            notes.write(from, stream.queries());
        }
    }

    @Override
    public void gapQueued() {
        undelivered.queued();
        slots.gapQueued();
    }

    @Override
    public void gapDelivered() {
        notes.delivered();
    }

    @Override
    public void abort() {
        opener.abort();
    }

    @Override
    public void ended() throws InterruptedException {
        newTables.end();
    }

    @Override
    public boolean hasStreamed() {
        return hasStreamed;
    }

    @Override
    public void requireHandler(HandledTables handler) {
        wanted.requireSubscribed(handler.named());
        try (Preflight preflight = new Preflight(database, config.publication())) {
            preflight.requirePublished(wanted.patterns(), wanted.handled().namedWith(handler));
            newTables.awaitOrRefuse(
                    preflight,
                    table -> handler.named().contains(table) || preflight.isAdded(table),
                    wanted::isSubscribed);
            OldValues.warnOfUnknown(preflight, handler, wanted::isSubscribed);
        } catch (SQLException e) {
            throw ServerErrors.explain(e, "checking the tables of a handler", database);
        }
    }

    @Override
    public void requireSubscriptions(List<TablePattern> patterns) {
        HandledTables handled = wanted.handled();
        try (Preflight preflight = new Preflight(database, config.publication())) {
            preflight.requirePublished(wanted.with(patterns), handled.named());
            Predicate<TableName> added =
                    table -> patterns.stream().anyMatch(pattern -> pattern.matches(table.schema(), table.table()));
            newTables.awaitOrRefuse(
                    preflight, table -> added.test(table) || preflight.isAdded(table), wanted::isSubscribed);
            OldValues.warnOfUnknown(preflight, handled, added.and(table -> !wanted.isSubscribed(table)));
        } catch (SQLException e) {
            throw ServerErrors.explain(e, "checking subscriptions", database);
        }
    }

    @Override
    public String howToContinue(@Nullable StreamStart last, Lsn confirmed) {
        return last == null ? "" : slots.howToContinue(last.slot(), confirmed);
    }

    /** Its publications, which have no SQLSTATE of their own, or what the server said. */
    @Override
    public WalwireException explain(WalwireException said) {
        if (!hasStreamed) {
            return said;
        }
        try (Preflight preflight = new Preflight(database, config.publication())) {
            preflight.requirePublications();
            preflight.requireAlikeColumns();
            WalwireException explained =
                    ServerErrors.explainEnd(said, config.publication().names(), database);
            boolean streams = config.protocol().streaming() != Streaming.OFF;
            WalwireException all = streams ? ServerErrors.whileStreaming(explained) : explained;
            return SkipAdvice.add(
                    all, connection, config.slot(), config.publication().names(), opener.isBinary());
        } catch (WalwireException e) {
            return e;
        } catch (SQLException e) {
            LOG.debug("The publications could not be checked", e);
            return said;
        }
    }

    @Override
    public Watches.Tables tables() {
        return new KnownTables(database, config.publication(), wanted);
    }

    @Override
    public Lsn current() throws SQLException {
        return WalPages.current(connection);
    }

    /** The server's insert position may lie behind a page's header, where no record can end. */
    @Override
    public Lsn reached(Position position) {
        Lsn asked = ChangeSource.super.reached(position);
        if (!WalPages.isMaybeHeader(asked)) {
            return asked;
        }
        WalPages known = pages;
        try {
            if (known == null) {
                known = WalPages.of(connection);
                pages = known;
            }
            return known.endOfRecord(asked);
        } catch (SQLException e) {
            LOG.debug("The server's page sizes could not be asked for", e);
            return asked;
        }
    }

    @Override
    public List<Finding> check() {
        ReplicatedChanges stream = current;
        HandledTables handled = wanted.handled();
        Subject subject = new Subject(
                config,
                database,
                wanted.patterns(),
                handled.named(),
                handled.compared(),
                handled.comparesAll(),
                handled.readsExisting(),
                stream == null ? 0 : stream.backend());
        List<Finding> found = new Doctor(subject).examine();
        // what is wrong with the server as a whole would be said twice
        return stream != null
                        || found.stream()
                                .anyMatch(finding -> finding.severity() == Severity.ERROR
                                        && finding.where().equals(database.display()))
                ? found
                : probed(found);
    }

    /** The same findings, and before them what keeps a connection from streaming, which only such a connection shows. */
    private List<Finding> probed(List<Finding> found) {
        try {
            opener.probe();
            return found;
        } catch (SQLException e) {
            String why = ServerErrors.explain(e, "opening a replication connection", database)
                    .explanation();
            List<Finding> all = new ArrayList<>(List.of(new Finding(Severity.ERROR, why, database.display(), null)));
            all.addAll(found);
            return List.copyOf(all);
        }
    }

    private void warnOfTwoPhase() {
        if (config.protocol().twoPhase() && !warnedOfTwoPhase) {
            warnedOfTwoPhase = true;
            LOG.warn("walwire.two-phase=true: the server keeps two_phase on the slot for good, also when the setting is"
                    + " taken back. Each prepared transaction holds the confirmed position, and WAL with it, until it is"
                    + " committed or rolled back, and after a restart what was committed since comes again.");
        }
    }
}
