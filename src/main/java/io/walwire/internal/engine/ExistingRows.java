package io.walwire.internal.engine;

import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ReadableTables;
import io.walwire.internal.backfill.run.Backfills;
import io.walwire.internal.backfill.run.GroupProgress;
import io.walwire.internal.backfill.run.Pace;
import io.walwire.internal.backfill.run.RunContext;
import io.walwire.internal.backfill.run.RunSettings;
import io.walwire.internal.checkpoint.Checkpoint;
import io.walwire.internal.config.HeldTables;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.dispatch.Declarations;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.log.Logs;
import io.walwire.internal.source.ChangeSource;
import io.walwire.internal.source.SourceContext;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.SchemaHistory;
import io.walwire.internal.transaction.StreamFacts;
import io.walwire.lifecycle.State;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Joins the reading of existing rows to an instance. */
final class ExistingRows implements RunContext {
    private static final Logger LOG = Logs.of(ExistingRows.class);

    private final Lifecycle lifecycle;
    private final LiveSubscriptions subscriptions;
    private final Dispatcher dispatcher;
    private final Positions positions;
    private final Predicate<TableName> watched;
    private boolean intercepted;
    private final boolean sinkTakesReads;
    private final Runnable confirmAgain;
    private final Consumer<WalwireException> failed;
    private final Supplier<@Nullable Instant> oldestCommit;

    /**
     * The instance.
     *
     * @param watched whether a watch wants rows of a table that are read
     * @param code whether an interceptor decides what handlers get, and whether a sink takes rows
     * @param confirmAgain confirms what may be confirmed now
     * @param failed ends the instance
     * @param oldestCommit when the oldest change that waits for handlers was committed; null if none waits
     */
    ExistingRows(
            Lifecycle lifecycle,
            LiveSubscriptions subscriptions,
            Dispatcher dispatcher,
            Positions positions,
            Predicate<TableName> watched,
            UserCode code,
            Runnable confirmAgain,
            Consumer<WalwireException> failed,
            Supplier<@Nullable Instant> oldestCommit) {
        this.lifecycle = lifecycle;
        this.subscriptions = subscriptions;
        this.dispatcher = dispatcher;
        this.positions = positions;
        this.watched = watched;
        this.intercepted = code.interceptor() != UserCode.NO_INTERCEPTOR;
        this.sinkTakesReads = code.sink() != null && code.sink().takesReads();
        this.confirmAgain = confirmAgain;
        this.failed = failed;
        this.oldestCommit = oldestCommit;
    }

    /**
     * The instance's runs.
     *
     * @param source what the source gets to see
     * @param read the source
     * @param checkpoint in whose database the progress is; null if it is in the one that is read
     * @param groups what the sink keeps of the progress; null if it keeps nothing
     */
    Backfills backfills(
            SourceContext source,
            String version,
            ThreadGroup threads,
            ChangeSource read,
            @Nullable Checkpoint checkpoint,
            @Nullable GroupProgress groups) {
        WalwireConfig config = source.config();
        List<String> publications = config.publication().names();
        long most = mostBytesOfAChunk(config);
        ReadableTables tables = read.existingRows();
        boolean inOrder = tables != null && tables.areBlocksReadInOrder();
        intercepted &= tables == null || !tables.areAllPassedOn();
        RunSettings settings = new RunSettings(
                config.name(),
                source.database(),
                source.connection(),
                publications,
                tables,
                new StreamFacts(
                        source.database().name(),
                        version,
                        config.oldRecord(),
                        new SchemaHistory(),
                        read.positions(),
                        StandardCharsets.UTF_8),
                config.origin() == WalwireConfig.Origin.ANY,
                checkpoint,
                groups,
                UUID.randomUUID().toString(),
                tables != null && tables.sender() != null && config.slot().durable(),
                tables != null && config.backfill().automatic(),
                read instanceof ReplicationSource && config.backfill().first(),
                inOrder ? 1 : config.backfill().readers(),
                inOrder ? 1 : Math.max(1, Math.min(config.backfill().chunkBytes(), most)),
                config.buffer() / 4,
                new Pace(
                        config.backfill().rate().most(),
                        config.backfill().rate().givesWay()),
                new RunSettings.Held(HeldTables.maxBytes(), HeldTables.patience()));
        Backfills backfills = new Backfills(settings, threads, this);
        positions.limitConfirmed(backfills::confirmable);
        if (settings.first() && read instanceof ReplicationSource replication) {
            replication.useFirstSnapshot(backfills.first());
        }
        return backfills;
    }

    /**
     * A quarter of the buffer is for chunks: two of each reader, whose rows take up to twice the bytes of their blocks. Where they take
     * more, smaller chunks are read after the first one.
     */
    private static long mostBytesOfAChunk(WalwireConfig config) {
        long most = config.buffer() / 4 / (2L * config.backfill().readers()) / 2;
        if (config.backfill().chunkBytes() > most && config.backfill().isChunkGiven()) {
            LOG.warn(
                    "{} is {} bytes; at most {} are read at once, a {} of {}. Raise {} for larger chunks.",
                    "walwire.backfill.chunk",
                    config.backfill().chunkBytes(),
                    most,
                    16 * config.backfill().readers() + "th",
                    "walwire.buffer",
                    "walwire.buffer");
        }
        return most;
    }

    @Override
    public @Nullable Instant oldestCommit() {
        return oldestCommit.get();
    }

    @Override
    public boolean isStreaming() {
        return lifecycle.state() == State.STREAMING;
    }

    @Override
    public boolean isHeld() {
        return lifecycle.isHeld();
    }

    @Override
    public boolean isStopping() {
        return lifecycle.isStopping();
    }

    @Override
    public boolean pause(Duration atMost) throws InterruptedException {
        return lifecycle.pause(atMost);
    }

    @Override
    public boolean isSubscribed(TableName table) {
        return subscriptions.includes(table.schema(), table.table());
    }

    @Override
    public boolean hearsReads(TableName table) {
        return sinkTakesReads
                || watched.test(table)
                || dispatcher.handlers().stream().anyMatch(handler -> handler.hearsReads(table));
    }

    @Override
    public void requireReadable(TableName table, @Nullable List<String> handlers) {
        List<Declarations> all = dispatcher.handlers();
        List<String> problems = new ArrayList<>();
        if (handlers == null && !hearsReads(table)) {
            problems.add("No handler and no watch asks for the existing rows of " + table + ". Declare onRead, onReads,"
                    + " onUpsert or onUpserts for the table, watch it with reads(), or use a sink that takes"
                    + " existing rows, as the Kafka sink does.");
        }
        for (String name : handlers == null ? List.<String>of() : handlers) {
            if (all.stream().noneMatch(handler -> handler.name().equals(name))) {
                problems.add("There is no handler " + name + "; there are "
                        + all.stream().map(Declarations::name).distinct().toList() + ".");
            } else if (all.stream().noneMatch(handler -> handler.name().equals(name) && handler.hearsReads(table))) {
                problems.add("Handler " + name + " does not ask for the existing rows of " + table
                        + ": it declares none of" + " onRead, onReads, onUpsert and onUpserts for the table.");
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }

    @Override
    public boolean everyEventHeard(TableName table, @Nullable List<String> handlers) {
        return !intercepted
                && !watched.test(table)
                && dispatcher.handlers().stream()
                        .filter(handler -> handlers == null || handlers.contains(handler.name()))
                        .allMatch(handler -> handler.hearsEveryRow(table));
    }

    @Override
    public Lsn handedOver() {
        return positions.handedOver();
    }

    @Override
    public void confirmAgain() {
        confirmAgain.run();
    }

    @Override
    public void fail(WalwireException why) {
        failed.accept(why);
    }
}
