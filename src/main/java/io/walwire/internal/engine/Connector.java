package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.config.WalwireConfig.Streaming;
import io.walwire.internal.connection.Database;
import io.walwire.internal.connection.Preflight;
import io.walwire.internal.connection.ServerErrors;
import io.walwire.internal.dispatch.Declarations;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.replication.Progress;
import io.walwire.internal.replication.ReplicationOpener;
import io.walwire.internal.replication.ReplicationStream;
import io.walwire.internal.replication.SlotRequest;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.transaction.UnreadableInBinaryException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From nothing to a stream: server, publications, slot, in this order, each checked before the next. */
final class Connector {
    private static final Logger LOG = LoggerFactory.getLogger(Connector.class);
    private static final Duration RACE_PAUSE = Duration.ofMillis(100);
    private static final int MOST_SURPRISES = 5;

    private final WalwireConfig config;
    private final Database database;
    private final ReplicationOpener opener;
    private final Dispatcher dispatcher;
    private final LiveSubscriptions subscriptions;
    private final Lifecycle lifecycle;
    private final SlotChoice slots;
    private final Disconnect disconnect;
    private boolean hasStreamed;
    private boolean warnedOfTwoPhase;
    private boolean succeeds;

    Connector(
            WalwireConfig config,
            Database database,
            Dispatcher dispatcher,
            LiveSubscriptions subscriptions,
            Lifecycle lifecycle) {
        this.config = config;
        this.database = database;
        this.opener = new ReplicationOpener(database, config);
        this.dispatcher = dispatcher;
        this.subscriptions = subscriptions;
        this.lifecycle = lifecycle;
        this.slots = new SlotChoice(config, database, lifecycle);
        this.disconnect = new Disconnect(database, lifecycle);
    }

    /**
     * Opens a stream, standing by for as long as another process holds the slot.
     *
     * @param progress how far the streams before came, null if there was none
     * @return the stream; null if the instance is to stop
     * @throws SQLException if the server cannot be reached or refuses
     * @throws WalwireException if somebody must mend something
     */
    @Nullable
    ReplicationStream connect(@Nullable Progress progress) throws SQLException, InterruptedException {
        int surprises = 0;
        while (!lifecycle.isStopping()) {
            SlotRequest request = prepare();
            if (request == null) {
                return null;
            }
            try {
                ReplicationStream stream = opener.open(request, progress);
                hasStreamed = true;
                slots.streaming(stream.backend());
                disconnect.streaming();
                return stream;
            } catch (SQLException e) {
                surprises += ServerErrors.isUnreadableSlot(e) ? 1 : 0;
                if (!ServerErrors.isTakenMeanwhile(e) && (surprises == 0 || surprises > MOST_SURPRISES)) {
                    throw e;
                }
                LOG.debug("The slot is not as it was a moment ago", e);
                lifecycle.pause(RACE_PAUSE);
            }
        }
        return null;
    }

    /** Whether the next stream is in binary. */
    boolean isBinary() {
        return opener.isBinary();
    }

    /** Makes all streams that follow be in text. */
    void endBinary(UnreadableInBinaryException why) {
        LOG.info(
                "From here on this instance streams text, because {}, which cannot be read exactly in binary",
                why.getMessage());
        opener.useText();
        succeeds = !config.slot().durable();
    }

    /**
     * The stream in text that goes on from one in binary whose slot ends with its connection, so has to be copied before.
     *
     * @param ended the one in binary, still open
     * @param progress how far it came
     * @return null if there is no such stream to go on from, or it cannot be had: then a new slot begins, with a gap
     */
    @Nullable
    ReplicationStream successor(ReplicationStream ended, @Nullable Progress progress) {
        if (!succeeds || lifecycle.isStopping()) {
            return null;
        }
        succeeds = false;
        String before = ended.start().slot().name();
        try {
            ReplicationStream stream = opener.open(SlotRequest.copy(slots.temporaryName(), before), progress);
            slots.streaming(stream.backend());
            return stream;
        } catch (SQLException e) {
            LOG.debug("The slot {} could not be copied", before, e);
            return null;
        }
    }

    /** Everything before the stream; null if the instance is to stop. */
    private @Nullable SlotRequest prepare() throws SQLException, InterruptedException {
        try (Preflight preflight = new Preflight(database, config.publication())) {
            disconnect.examine(preflight.server());
            preflight.requireLogical();
            preflight.requireOrigin(config.origin());
            preflight.requireProtocol(config.protocol());
            if (hasStreamed) {
                // a table that was dropped meanwhile must not end a stream that goes on for the others
                preflight.requirePublications();
            } else {
                requireSubscribed(dispatcher.tables());
                preflight.requirePublished(subscriptions.patterns(), dispatcher.tables());
                preflight.requireAlikeColumns();
                preflight.warnOfHazards();
                warnOfUnknownOldValues(preflight, dispatcher.handlers(), this::isSubscribed);
                warnOfTwoPhase();
            }
            return slots.choose(preflight);
        }
    }

    /** Ends an attempt to open a stream that may take for ever. */
    void abort() {
        opener.abort();
    }

    /** Whether a stream was ever open. */
    boolean hasStreamed() {
        return hasStreamed;
    }

    /** Makes sure that a running instance can take one more handler: what it names is subscribed and published. */
    void requireHandler(Declarations handler) {
        requireSubscribed(handler.tables());
        Set<TableName> handled = dispatcher.tables();
        handled.addAll(handler.tables());
        try (Preflight preflight = new Preflight(database, config.publication())) {
            preflight.requirePublished(subscriptions.patterns(), handled);
            warnOfUnknownOldValues(preflight, List.of(handler), this::isSubscribed);
        } catch (SQLException e) {
            throw ServerErrors.explain(e, "checking the tables of a handler", database);
        }
    }

    /** Makes sure that a running instance can have these subscriptions: the publications hold their tables. */
    void requireSubscriptions(List<TablePattern> patterns) {
        try (Preflight preflight = new Preflight(database, config.publication())) {
            preflight.requirePublished(patterns, dispatcher.tables());
            warnOfUnknownOldValues(
                    preflight,
                    dispatcher.handlers(),
                    table -> !isSubscribed(table)
                            && patterns.stream().anyMatch(pattern -> pattern.matches(table.schema(), table.table())));
        } catch (SQLException e) {
            throw ServerErrors.explain(e, "checking subscriptions", database);
        }
    }

    /** Makes sure that the publications still exist. */
    void requirePublications() throws SQLException {
        try (Preflight preflight = new Preflight(database, config.publication())) {
            preflight.requirePublications();
        }
    }

    /** Why a stream ended for good: its publications, which have no SQLSTATE of their own, or what the server said. */
    WalwireException cause(WalwireException said) {
        if (!hasStreamed) {
            return said;
        }
        try (Preflight preflight = new Preflight(database, config.publication())) {
            preflight.requirePublications();
            preflight.requireAlikeColumns();
            WalwireException explained =
                    ServerErrors.explainEnd(said, config.publication().names(), database);
            return config.protocol().streaming() == Streaming.OFF ? explained : ServerErrors.whileStreaming(explained);
        } catch (WalwireException e) {
            return e;
        } catch (SQLException e) {
            LOG.debug("The publications could not be checked", e);
            return said;
        }
    }

    private void requireSubscribed(Collection<TableName> handled) {
        for (TableName table : handled) {
            if (!subscriptions.includes(table.schema(), table.table())) {
                throw new WalwireException(
                        ErrorCode.CONFIGURATION,
                        "A handler listens to table " + table
                                + ", which is not subscribed. Add it to walwire.subscriptions ("
                                + subscriptions.patterns() + "). [CONFIGURATION]");
            }
        }
    }

    private boolean isSubscribed(TableName table) {
        return subscriptions.includes(table.schema(), table.table());
    }

    /** Of the tables that are wanted alone. */
    private void warnOfUnknownOldValues(Preflight preflight, List<Declarations> handlers, Predicate<TableName> wanted)
            throws SQLException {
        Set<TableName> read = new LinkedHashSet<>();
        handlers.forEach(handler -> read.addAll(handler.tablesReadForOldValues()));
        if (handlers.stream().anyMatch(Declarations::readsOldValuesOfAllTables)) {
            read.addAll(preflight.published());
        }
        read.removeIf(wanted.negate());
        List<TableName> without = preflight.withoutFullIdentity(read);
        for (TableName table : without) {
            LOG.warn(
                    "A filter on table {} compares old values, which PostgreSQL does not send of it: updates in doubt are"
                            + " delivered. To filter them, run: ALTER TABLE {}.{} REPLICA IDENTITY FULL;",
                    table,
                    SqlIdentifiers.quote(table.schema()),
                    SqlIdentifiers.quote(table.table()));
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
