package io.walwire.internal.engine;

import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.Database;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.source.ChangeStream;
import io.walwire.internal.text.TablePattern;
import io.walwire.lifecycle.Details;
import io.walwire.lifecycle.Health;
import io.walwire.lifecycle.Status;
import java.time.Duration;
import java.time.Instant;

/** The status, details and health of an instance, at any moment and for any thread. */
public final class StatusView {
    private final WalwireConfig config;
    private final Database database;
    private final Lifecycle lifecycle;
    private final LiveSubscriptions subscriptions;
    private final Dispatcher dispatcher;
    private final Reader reader;
    private final Positions positions;
    private final WorkQueue queue;

    StatusView(
            WalwireConfig config,
            Database database,
            Lifecycle lifecycle,
            LiveSubscriptions subscriptions,
            Dispatcher dispatcher,
            Reader reader,
            Positions positions,
            WorkQueue queue) {
        this.config = config;
        this.database = database;
        this.lifecycle = lifecycle;
        this.subscriptions = subscriptions;
        this.dispatcher = dispatcher;
        this.reader = reader;
        this.positions = positions;
        this.queue = queue;
    }

    /** See {@code Walwire.status}. */
    public Status status() {
        StreamStart start = reader.lastStart();
        ChangeStream stream = reader.current();
        return new CurrentStatus(
                lifecycle.state(),
                start == null ? config.slot().name() : start.slot().name(),
                start == null ? Lsn.ZERO : start.position(),
                positions.received(),
                positions.confirmed(),
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

    /** Clocks differ, so that what was just committed may seem to come from the future. */
    private Duration lag() {
        Instant oldest = queue.oldestCommit();
        Duration age = oldest == null ? Duration.ZERO : Duration.between(oldest, Instant.now());
        return age.isNegative() ? Duration.ZERO : age;
    }

    /** See {@code Walwire.details}. */
    public Details details() {
        return new CurrentDetails(
                config.name(),
                config.triggers() == null ? "replication" : "triggers",
                database.display(),
                status().slot(),
                config.publication().names(),
                subscriptions.patterns().stream().map(TablePattern::toString).toList());
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
