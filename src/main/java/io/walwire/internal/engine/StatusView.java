package io.walwire.internal.engine;

import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.slot.MeasuredSlot;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.source.ChangeStream;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.transaction.PositionKind;
import io.walwire.lifecycle.Details;
import io.walwire.lifecycle.Health;
import io.walwire.lifecycle.SlotUsage;
import io.walwire.lifecycle.Status;
import io.walwire.listener.ObservedBackfill;
import io.walwire.listener.ObservedInstance;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The status, details and health of an instance, at any moment and for any thread. */
public final class StatusView implements ObservedInstance {
    private final WalwireConfig config;
    private final Database database;
    private final Lifecycle lifecycle;
    private final LiveChanges changes;
    private final Dispatcher dispatcher;
    private final Reader reader;
    private final Positions positions;
    private final WorkQueue queue;
    private final PositionKind kind;

    StatusView(
            WalwireConfig config,
            Database database,
            Lifecycle lifecycle,
            LiveChanges changes,
            Dispatcher dispatcher,
            Reader reader,
            Positions positions,
            WorkQueue queue,
            PositionKind kind) {
        this.config = config;
        this.database = database;
        this.lifecycle = lifecycle;
        this.changes = changes;
        this.dispatcher = dispatcher;
        this.reader = reader;
        this.positions = positions;
        this.queue = queue;
        this.kind = kind;
    }

    @Override
    public Status status() {
        StreamStart start = reader.lastStart();
        ChangeStream stream = reader.current();
        return new CurrentStatus(
                lifecycle.state(),
                slot(start),
                kind.of(start == null ? Lsn.ZERO : start.position()),
                kind.of(positions.received()),
                kind.of(positions.confirmed()),
                positions.transactions(),
                positions.events(),
                queue.heldBytes(),
                positions.reconnects(),
                dispatcher.retries(),
                dispatcher.setAside(),
                lifecycle.isHeld(),
                positions.lagBytes(),
                lag(),
                stream == null ? null : stream.silence(),
                lifecycle.lastError());
    }

    private @Nullable String slot(@Nullable StreamStart start) {
        return start == null ? config.slot().name() : start.slot().name();
    }

    /** Clocks differ, so that what was just committed may seem to come from the future. */
    private Duration lag() {
        Instant oldest = queue.oldestCommit();
        Duration age = oldest == null ? Duration.ZERO : Duration.between(oldest, Instant.now());
        return age.isNegative() ? Duration.ZERO : age;
    }

    @Override
    public Details details() {
        return new CurrentDetails(
                config.name(),
                config.triggers() == null ? "replication" : "triggers",
                database.display(),
                slot(reader.lastStart()),
                config.publication().names(),
                changes.patterns().stream().map(TablePattern::toString).toList());
    }

    @Override
    public List<ObservedBackfill> backfills() {
        return changes.backfills();
    }

    @Override
    public Optional<SlotUsage> slotUsage() {
        String slot = slot(reader.lastStart());
        if (slot == null || config.triggers() != null) {
            return Optional.empty();
        }
        try {
            return MeasuredSlot.of(database, slot);
        } catch (SQLException e) {
            throw ServerErrors.explain(e, "asking how much WAL replication slot \"" + slot + "\" keeps", database);
        }
    }

    /** See {@code Walwire.health}. */
    public Health health() {
        WalwireException failure = lifecycle.failure();
        if (failure != null && !lifecycle.state().isFinal()) {
            return new Health(false, "failing: " + failure.getMessage());
        }
        WalwireException foreseen = lifecycle.foreseen();
        if (foreseen != null && !lifecycle.state().isFinal()) {
            return new Health(false, "failing, once what was received is handled: " + foreseen.getMessage());
        }
        return new HealthRule(config.healthSilence()).judge(status(), lifecycle.inState());
    }
}
