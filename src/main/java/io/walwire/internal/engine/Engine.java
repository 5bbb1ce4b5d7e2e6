package io.walwire.internal.engine;

import io.walwire.config.Credentials;
import io.walwire.deadletter.Replay;
import io.walwire.deadletter.StoredLetter;
import io.walwire.doctor.Finding;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.Database;
import io.walwire.internal.connection.SharedConnection;
import io.walwire.internal.dispatch.Declarations;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.letter.LetterStore;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.watch.Watches;
import io.walwire.lifecycle.Details;
import io.walwire.lifecycle.Health;
import io.walwire.lifecycle.State;
import io.walwire.lifecycle.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One instance: a reader thread and a handler thread with a bounded queue between them, and what starts and ends them. The
 * path of the data is {@link StreamReader#read} and then {@link HandlerLoop}.
 */
public final class Engine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final WalwireConfig config;
    private final ThreadGroup threads;
    private final Database database;
    private final SharedConnection connection;
    private final Lifecycle lifecycle;
    private final LiveSubscriptions subscriptions;
    private final Dispatcher dispatcher;
    private final Handling handling;
    private final UserCode code;
    private final Positions positions = new Positions();

    /** Held while handlers or subscriptions are checked and changed, so that the check still holds. */
    private final Object changes = new Object();

    private final Watches watches;
    private final WorkQueue queue;
    private final ChangeSource source;
    private final Reader reader;
    private final Thread readerThread;
    private final Thread handlerThread;
    private final Thread watchThread;
    private final Control control;
    private final @Nullable RetentionGuard guard;
    private volatile boolean gaveUp;

    /**
     * An instance that has not started.
     *
     * @param config what was configured
     * @param credentials asked at every connect
     * @param code what is called; the handlers are asked what they listen to, now
     * @param version Walwire's version
     */
    public Engine(WalwireConfig config, Supplier<Credentials> credentials, UserCode code, String version) {
        this(config, credentials, code, version, ForeignSource.orElse(ChangeSource.of(config)));
    }

    Engine(
            WalwireConfig config,
            Supplier<Credentials> credentials,
            UserCode code,
            String version,
            ChangeSource.Factory sources) {
        this.config = config;
        this.database = new Database(config.server(), credentials);
        this.connection = new SharedConnection(database);
        this.lifecycle = new Lifecycle(config.name());
        this.subscriptions = new LiveSubscriptions(config.subscriptions());
        this.threads = new ThreadGroup("walwire-" + config.name());
        Shares shares = Shares.of(config.buffer());
        this.dispatcher = new Dispatcher(
                config.name(),
                threads,
                config.functionThreads(),
                lifecycle,
                code.boundary(),
                shares.lanes(config.concurrency(), threads, lifecycle));
        this.handling = Handling.of(code.checkpoint(), lifecycle);
        this.code = code;
        code.handlers().forEach(added -> dispatcher.add(code.declared(added.handler(), added.policy())));
        this.queue = new WorkQueue(shares.queueBytes());
        this.source = sources.of(new ChangeSource.Surroundings(
                config, database, connection, dispatcher, subscriptions, lifecycle, shares));
        this.watches = new Watches(config.name(), threads, source.tables());
        this.reader = new Reader(
                new Reader.Instance(
                        database, version, config.oldRecord(), shares, subscriptions, config.startWait(), handling),
                source,
                lifecycle,
                positions,
                queue,
                this::readerEnded);
        HandlerLoop loop = new HandlerLoop(
                queue,
                code.interceptor(),
                dispatcher,
                handling,
                watches,
                positions,
                reader::confirm,
                lifecycle,
                config.visible()
                        ? new VisibilityGate(database, connection, lifecycle)
                        : work -> !lifecycle.awaitReleased());
        this.readerThread = thread(reader, "reader");
        this.handlerThread = thread(loop, "handler");
        this.watchThread = thread(new ShutdownWatch(connection, reader, lifecycle), "watch");
        this.control = new Control(this, database, source, lifecycle, positions, reader, dispatcher, queue);
        WalwireConfig.Retained bound = config.slot().retained();
        this.guard = bound == null
                ? null
                : new RetentionGuard(bound, database, lifecycle, queue, () -> status().slot(), this::failNow);
    }

    /** Ends the stream before anything else, and the instance when its handlers have returned or their time is over. */
    private void failNow(WalwireException failure) throws InterruptedException {
        lifecycle.fail(failure);
        queue.close();
        connection.close();
        reader.cut();
        endInTime();
    }

    private void endInTime() throws InterruptedException {
        if (!lifecycle.awaitAny(EnumSet.noneOf(State.class), config.closeTimeout())) {
            giveUp();
        }
    }

    private Thread thread(Runnable runnable, String role) {
        Thread thread = new Thread(threads, runnable, "walwire-" + config.name() + "-" + role);
        thread.setDaemon(true);
        return thread;
    }

    /** Returns when the instance streams or stands by, or throws why it never will. */
    public void start() {
        handlerThread.start();
        readerThread.start();
        watchThread.start();
        if (guard != null) {
            thread(guard, "guard").start();
        }
        try {
            lifecycle.awaitStarted();
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new WalwireException(ErrorCode.CLOSED, "Starting " + config.name() + " was interrupted. [CLOSED]", e);
        }
        WalwireException failure = lifecycle.failure();
        if (failure != null) {
            throw failure;
        }
    }

    /** The last act of the reader thread, however it came to its end. */
    private void readerEnded() {
        lifecycle.stop();
        queue.close();
        if (guard != null) {
            guard.streamClosed();
        }
        try {
            if (!gaveUp) {
                handlerThread.join();
            }
        } catch (InterruptedException e) {
            LOG.warn("{} was closed while a handler was still busy; its transaction stays unconfirmed", config.name());
        }
        dispatcher.close();
        watches.end(lifecycle.failure());
        connection.close();
        awaitWatch();
        lifecycle.end();
    }

    private void awaitWatch() {
        try {
            watchThread.join(TimeUnit.SECONDS.toMillis(1));
        } catch (InterruptedException e) {
            LOG.debug("The watch of {} ends by itself", config.name());
        }
    }

    /** See {@code Walwire.close}. */
    @Override
    public void close() {
        LOG.debug("Closing {}", config.name());
        lifecycle.stop();
        queue.close();
        connection.close();
        source.abort();
        if (isOwnThread() || watches.isCalledBySubscriber()) {
            return;
        }
        boolean interrupted = false;
        try {
            endInTime();
        } catch (InterruptedException e) {
            interrupted = true;
            giveUp();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** A handler that does not end in time is interrupted, and what it does from now on confirms nothing. */
    private void giveUp() {
        gaveUp = true;
        positions.freeze();
        handlerThread.interrupt();
        dispatcher.close();
        watches.end(lifecycle.failure());
        readerThread.interrupt();
        try {
            readerThread.join(TimeUnit.SECONDS.toMillis(3));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lifecycle.end();
    }

    boolean isOwnThread() {
        return Thread.currentThread().getThreadGroup() == threads || dispatcher.isLane();
    }

    /** See {@code Walwire.state}. */
    public State state() {
        return lifecycle.state();
    }

    /** See {@code Walwire.status}. */
    public Status status() {
        StreamStart start = reader.lastStart();
        ChangeStream stream = reader.current();
        return new Status(
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

    /** See {@code Walwire.details}. */
    public Details details() {
        return new Details(
                config.name(),
                config.triggers() == null ? "replication" : "triggers",
                database.display(),
                status().slot(),
                config.publication().names(),
                subscriptions.patterns().stream().map(TablePattern::toString).toList());
    }

    /** Clocks differ, so that what was just committed may seem to come from the future. */
    private Duration lag() {
        Instant oldest = queue.oldestCommit();
        Duration age = oldest == null ? Duration.ZERO : Duration.between(oldest, Instant.now());
        return age.isNegative() ? Duration.ZERO : age;
    }

    /** See {@code Walwire.health}. */
    public Health health() {
        return new HealthRule(config.healthSilence()).judge(status(), lifecycle.inState());
    }

    /** See {@code Walwire.check}. */
    public List<Finding> check() {
        return source.check();
    }

    /** What an owner may ask of the instance while it runs. */
    public Control control() {
        return control;
    }

    /** See {@code Walwire.completion}. */
    public CompletableFuture<Void> completion() {
        return lifecycle.completion().copy();
    }

    /** See {@code Walwire.awaitStreaming}. */
    public boolean awaitStreaming(Duration atMost) throws InterruptedException {
        boolean in = lifecycle.awaitAny(EnumSet.of(State.STREAMING), atMost);
        throwFailure();
        return in;
    }

    /** See {@code Walwire.awaitTermination}. */
    public boolean awaitTermination(Duration atMost) throws InterruptedException {
        boolean in = lifecycle.awaitAny(EnumSet.noneOf(State.class), atMost);
        if (in) {
            throwFailure();
        }
        return in;
    }

    private void throwFailure() {
        WalwireException failure = lifecycle.failure();
        if (failure != null) {
            throw failure;
        }
    }

    /** See {@code Walwire.process}. */
    public void process(Transaction transaction) throws InterruptedException {
        requireRunning();
        Replays.alone(handling, () -> dispatcher.dispatch(transaction));
    }

    /** See {@code Walwire.replay}. */
    public Replay replay(LetterStore letters, Predicate<StoredLetter> which) throws InterruptedException {
        requireRunning();
        return new Replays(config.name(), dispatcher, handling).run(letters, which);
    }

    /** See {@code Walwire.watch}. */
    public Watches watches() {
        return watches;
    }

    /** See {@code Walwire.addHandler}. */
    public void addHandler(EventHandler handler, @Nullable FailurePolicy own) {
        requireRunning();
        Declarations declared = code.declared(handler, own);
        synchronized (changes) {
            source.requireHandler(declared);
            dispatcher.add(declared);
        }
    }

    /** See {@code Walwire.removeHandler}. */
    public void removeHandler(EventHandler handler) {
        if (!dispatcher.remove(handler)) {
            throw new IllegalArgumentException("Not a handler of " + config.name() + ": "
                    + handler.getClass().getName());
        }
    }

    /** See {@code Walwire.subscribe}. */
    public void subscribe(List<TablePattern> patterns) {
        requireRunning();
        synchronized (changes) {
            source.requireSubscriptions(Stream.concat(subscriptions.patterns().stream(), patterns.stream())
                    .distinct()
                    .toList());
            subscriptions.add(patterns);
        }
    }

    /** See {@code Walwire.unsubscribe}. */
    public void unsubscribe(List<TablePattern> patterns) {
        subscriptions.remove(patterns);
    }

    void requireRunning() {
        if (lifecycle.isStopping()) {
            throw new WalwireException(ErrorCode.CLOSED, "The instance " + config.name() + " is closed. [CLOSED]");
        }
    }
}
