package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.backfill.EarlierRuns;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.Preflight;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.UndecodableChangeException;
import io.walwire.internal.connection.slot.SlotLoss;
import io.walwire.internal.connection.slot.SlotState;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.ReplicationStream;
import io.walwire.internal.replication.SlotRequest;
import io.walwire.internal.replication.SlotRequest.Loss;
import io.walwire.internal.socket.ConnectAttempt;
import io.walwire.internal.source.SourceLifecycle;
import io.walwire.internal.source.UndeliveredGaps;
import io.walwire.internal.text.SqlLiterals;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Which slot a stream reads, after a look at it: the one that is there, or a new one, or none until it is free. */
final class SlotChoice {
    private static final Logger LOG = Logs.of(SlotChoice.class);
    private static final Duration STANDBY_POLL = Duration.ofMillis(500);
    private static final int MAX_SLOT_NAME = 63;

    private final WalwireConfig config;
    private final WalwireConfig.Slot slot;
    private final Database database;
    private final SourceLifecycle lifecycle;
    private final UndeliveredGaps undelivered;
    private boolean hasStreamed;
    private int lastBackend;
    private boolean warnedOfFailover;

    /** Whether the slot was there: if it is gone now, changes are gone with it. */
    private boolean seen;

    /** Whether another instance that was seen may have left a note since this one streamed. */
    private boolean mayBeNoted = true;

    /** Kept until the gap is in the handlers' queue: a slot that was dropped must not pass for one that never was. */
    private @Nullable Loss loss;

    SlotChoice(WalwireConfig config, Database database, SourceLifecycle lifecycle, UndeliveredGaps undelivered) {
        this.config = config;
        this.slot = config.slot();
        this.database = database;
        this.lifecycle = lifecycle;
        this.undelivered = undelivered;
    }

    /** A stream has begun; this process of the server holds the slot. */
    void streaming(int backend) {
        hasStreamed = true;
        seen = true;
        mayBeNoted = false;
        lastBackend = backend;
    }

    /** The gap that the loss of the slot makes is in the handlers' queue. */
    void gapQueued() {
        loss = null;
    }

    /** Takes note of a change that the stream before could not decode: the next slot begins behind it. */
    void beginAfter(@Nullable ReplicatedChanges before) {
        UndecodableChangeException change = before == null ? null : before.undecodable();
        if (change != null) {
            loss = new Loss(null, change.reason());
        }
    }

    /** The slot to open; null if the instance is to stop. */
    @Nullable
    SlotRequest choose(Preflight preflight) throws SQLException, InterruptedException {
        String name = slot.name();
        if (name == null) {
            return SlotRequest.temporary(temporaryName(), loss);
        }
        requireFailover(preflight);
        boolean announced = false;
        while (!lifecycle.isStopping()) {
            Optional<SlotState> found = preflight.slot(name);
            if (found.isPresent()) {
                requireOriginal(preflight, found.get());
                seen = seen || isComplete(found.get());
            }
            SlotState.Holder holder = found.map(SlotState::holder).orElse(null);
            if (holder == null) {
                recall(preflight, name); // the previous holder may have left a note
                return found.isPresent() ? request(preflight, found.get()) : missing(preflight, name);
            }
            announced = standBy(name, holder, announced);
        }
        return null;
    }

    /** Whether its creation has finished. An unfinished slot disappears if its creation fails. */
    private boolean isComplete(SlotState found) {
        return database.name().equals(found.database()) && !found.confirmed().equals(Lsn.ZERO);
    }

    /**
     * Looks at a slot again now that a stream holds it. Somebody may move it on between the first look and the stream, and the
     * server then begins there without a word.
     *
     * @param attempt for the plain connection to the stream's host
     * @return the stream
     * @throws SQLException object in use, if the slot is to be chosen again; the stream is closed then
     */
    ReplicationStream held(ReplicationStream stream, ConnectAttempt attempt) throws SQLException {
        SlotRequest chosen = stream.start().slot();
        if (chosen.create()) {
            return stream;
        }
        try (Preflight preflight =
                new Preflight(database.at(stream.host(), stream.port()), config.publication(), attempt)) {
            Optional<SlotState> found = preflight.slot(chosen.name());
            if (found.isPresent() && !found.get().confirmed().equals(chosen.confirmed())) {
                throw new SQLException("The slot was moved on meanwhile", ServerErrors.OBJECT_IN_USE);
            }
            return stream;
        } catch (SQLException | RuntimeException e) {
            stream.close();
            throw e;
        }
    }

    /** A loss that another instance recorded and may not have delivered to its handlers. */
    private void recall(Preflight preflight, String name) throws SQLException {
        if (slot.durable() && mayBeNoted && loss == null) {
            preflight
                    .gapNote(name)
                    .ifPresent(note -> loss = new Loss(
                            note.from(),
                            "changes were lost before this start, and it is not certain that handlers know"));
        }
    }

    private void requireFailover(Preflight preflight) throws SQLException {
        if (!slot.failover()) {
            return;
        }
        preflight.requireFailoverSlots(config.protocol().twoPhase());
        if (!warnedOfFailover) {
            warnedOfFailover = true;
            preflight.failoverSettings().faults().forEach(fault -> LOG.warn("Failover slot: {}", fault));
        }
    }

    private SlotRequest request(Preflight preflight, SlotState found) throws SQLException {
        if (!slot.durable()) {
            throw new WalwireException(
                    ErrorCode.SLOT,
                    describe(found.name()) + " exists and is durable.",
                    "Set walwire.slot.durable=true to use it, or another" + " walwire.slot.name.");
        }
        found.requireOurs(database);
        if (found.loss() != null && slot.lost() == WalwireConfig.Lost.RECREATE) {
            return replacement(preflight, found, found.loss());
        }
        found.requireReadable(database);
        return SlotRequest.existing(found.name(), found.confirmed(), slot.failover() && !found.failover(), loss);
    }

    /** Not a matter of waiting: the process that holds such a copy is the one that keeps it up to date. */
    private void requireOriginal(Preflight preflight, SlotState found) throws SQLException {
        if (found.synced() && preflight.server().standby()) {
            throw new WalwireException(
                    ErrorCode.SLOT,
                    describe(found.name())
                            + " is this standby's copy of its primary's slot, and can be read only after a promotion.",
                    "Connect to the primary, or set walwire.slot.name to another name.");
        }
    }

    private SlotRequest replacement(Preflight preflight, SlotState found, String code) throws SQLException {
        loss = new Loss(found.confirmed(), "the slot was lost and recreated: " + SlotLoss.because(code));
        LOG.warn(
                "{} is lost, and changes after {} with it: {} It is dropped and recreated.",
                describe(found.name()),
                found.confirmed(),
                SlotLoss.because(code));
        note(preflight, found.name(), found.confirmed());
        preflight.dropSlot(found.name());
        return SlotRequest.durable(found.name(), slot.failover(), loss);
    }

    private SlotRequest missing(Preflight preflight, String name) throws SQLException {
        if (!slot.durable()) {
            return SlotRequest.temporary(name, loss);
        }
        seen = seen || wasRead(preflight, name);
        if (seen) {
            note(preflight, name, null); // the next start must not take it for the first
        }
        if (hasStreamed && slot.lost() == WalwireConfig.Lost.STOP) {
            throw new WalwireException(
                    ErrorCode.SLOT,
                    describe(name)
                            + " is gone: somebody dropped it, or the server was restored, or a standby was promoted that did"
                            + " not have it. What was committed since may be lost.",
                    "Start again to recreate it, or set walwire.slot.lost=recreate.");
        }
        if (seen && loss == null) {
            loss = new Loss(
                    null,
                    "the slot was gone and was recreated: somebody dropped it, or the server was restored, or a standby"
                            + " was promoted that did not have it");
            LOG.warn("{} is gone. It is recreated.", describe(name));
        }
        return SlotRequest.durable(name, slot.failover(), loss);
    }

    /** An earlier instance has read existing rows for it. Handlers' copies of them have missed what came since. */
    private boolean wasRead(Preflight preflight, String name) throws SQLException {
        return !preflight.server().standby() && EarlierRuns.areKept(database, name);
    }

    /** It counts from now on, so that handlers who return from an earlier gap do not remove the note. */
    private void note(Preflight preflight, String name, @Nullable Lsn from) throws SQLException {
        undelivered.found();
        preflight.noteGap(name, from);
    }

    /** Waits a moment for the slot. What a lost connection of our own still holds is released by the server soon. */
    private boolean standBy(String name, SlotState.Holder holder, boolean announced) throws InterruptedException {
        boolean own = hasStreamed && holder.pid() == lastBackend;
        String busy = describe(name) + " is in use by " + holder;
        if (!own && slot.busy() == WalwireConfig.Busy.FAIL) {
            throw new WalwireException(
                    ErrorCode.SLOT,
                    busy + ".",
                    "Stop that process, set walwire.slot.name to another name, or walwire.slot.busy=wait.");
        }
        if (!announced) {
            LOG.info("standing by: {}", busy);
        }
        if (!own) {
            mayBeNoted = true;
            lifecycle.standBy(busy);
        }
        lifecycle.pause(STANDBY_POLL);
        return true;
    }

    private String describe(String name) {
        return "Replication slot \"" + name + "\" on " + database.display();
    }

    /** A name of its own for each connection: the slot of a lost one lives on until the server notices. */
    String temporaryName() {
        String suffix =
                String.format(Locale.ROOT, "_%08x", ThreadLocalRandom.current().nextInt());
        String name = config.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
        String base = name.startsWith("walwire") ? name : "walwire_" + name;
        return base.substring(0, Math.min(base.length(), MAX_SLOT_NAME - suffix.length())) + suffix;
    }

    /** How to continue after the instance has failed, for the log. */
    String howToContinue(SlotRequest last, Lsn confirmed) {
        String slot = "Replication slot \"" + last.name() + "\" on " + database.display();
        return last.temporary()
                ? slot + " was temporary and is gone: what is committed after " + confirmed
                        + " never comes. Fix the cause and start again."
                : slot + " is not read by this instance any more. It stands at " + confirmed
                        + ", and the server keeps all WAL from there on until somebody goes on. Fix the cause and start"
                        + " again, which goes on from there; or give up what waits: SELECT"
                        + " pg_catalog.pg_drop_replication_slot("
                        + SqlLiterals.quote(last.name()) + ");";
    }
}
