package io.walwire.internal.engine;

import io.walwire.config.Credentials;
import io.walwire.deadletter.Replay;
import io.walwire.deadletter.StoredLetter;
import io.walwire.doctor.Finding;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Transaction;
import io.walwire.internal.backfill.run.Backfills;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.letter.LetterStore;
import io.walwire.internal.log.Logs;
import io.walwire.internal.source.ChangeSource;
import io.walwire.internal.source.SourceContext;
import io.walwire.internal.watch.Watches;
import io.walwire.lifecycle.State;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** One instance. Data flows from {@link StreamReader#read} on the reader thread to {@link HandlerLoop} on the handler thread. */
public final class Engine implements AutoCloseable {
    private static final Logger LOG = Logs.of(Engine.class);

    /** How long the server has to give up what a start that is aborted asked for. */
    private static final Duration ABORT = Duration.ofSeconds(3);

    private final WalwireConfig config;
    private final ThreadGroup threads;
    private final Database database;
    private final SharedConnection connection;
    private final Lifecycle lifecycle;
    private final LiveSubscriptions subscriptions;
    private final Dispatcher dispatcher;
    private final WorkBoundary boundary;
    private final UserCode code;
    private final Positions positions = new Positions();

    private final LiveChanges changes;
    private final Watches watches;
    private final Backfills backfills;
    private final WorkQueue queue;
    private final ChangeSource source;
    private final Reader reader;
    private final Thread readerThread;
    private final Thread handlerThread;
    private final Thread shutdownThread;
    private final Control control;
    private final StatusView view;
    private final @Nullable RetentionGuard guard;
    private final @Nullable Thread guardThread;
    private final FailureNotice notice;

    /**
     * An instance that has not started.
     *
     * @param config what was configured
     * @param credentials asked at every connect
     * @param code what is called; the handlers are asked what they listen to, now
     * @param version Walwire's version
     * @param sources makes the source that is read
     */
    public Engine(
            WalwireConfig config,
            Supplier<Credentials> credentials,
            UserCode code,
            String version,
            ChangeSource.Factory sources) {
        this.config = config;
        this.database = new Database(config.server(), credentials);
        this.connection = new SharedConnection(database);
        this.lifecycle = new Lifecycle(config.name(), code.listeners());
        this.subscriptions = new LiveSubscriptions(config.subscriptions());
        this.threads = new ThreadGroup("walwire-" + config.name());
        BufferBudget budget = BufferBudget.of(config.buffer());
        this.queue = new WorkQueue(budget.queueBytes());
        this.boundary = WorkBoundary.of(code, config, database.name(), lifecycle, queue);
        this.dispatcher = new Dispatcher(
                config.name(),
                threads,
                HandlerWaits.limits(config),
                HandlerWaits.context(code, lifecycle, boundary, this::isHandlerThread),
                budget.lanes(config.concurrency(), threads, lifecycle));
        this.code = code;
        dispatcher.addAll(code.declared());
        Wanted wanted = new Wanted(subscriptions, dispatcher);
        SourceContext context =
                new SourceContext(config, database, connection, wanted, lifecycle, budget.undecidedBytes());
        this.source = sources.source(context);
        this.watches = new Watches(config.name(), threads, source.tables());
        this.backfills = new ExistingRows(
                        lifecycle,
                        subscriptions,
                        dispatcher,
                        positions,
                        watches::hearsReads,
                        code,
                        this::confirmAgain,
                        this::endWith,
                        queue::oldestCommit)
                .backfills(context, version, threads, source, code.checkpoint(), boundary.groups());
        this.changes = new LiveChanges(this, source, subscriptions, dispatcher, code, backfills);
        this.reader = new Reader(
                new Reader.Instance(
                        database,
                        version,
                        config.oldRecord(),
                        budget,
                        subscriptions,
                        config.startWait(),
                        boundary,
                        backfills,
                        code.listeners(),
                        source.positions()),
                source,
                lifecycle,
                positions,
                queue,
                this::readerEnded);
        HandlerStages stages = new HandlerStages(
                config.visible()
                        ? new VisibilityGate(database, connection, lifecycle)
                        : Admission.unlessPaused(lifecycle),
                boundary,
                code.interceptor(),
                dispatcher,
                watches,
                new Handled(positions, reader::confirm, code.listeners()));
        this.readerThread = thread(reader, "reader");
        this.handlerThread = thread(new HandlerLoop(queue, lifecycle, stages), "handler");
        this.shutdownThread = thread(new ShutdownWatch(connection, reader, lifecycle), "server-shutdown");
        this.view = new StatusView(
                config, database, lifecycle, changes, dispatcher, reader, positions, queue, source.positions());
        this.notice = new FailureNotice(config.name(), code.onFailure(), this::wayOn);
        this.control = new Control(this, database, source, lifecycle, positions, reader, dispatcher, queue);
        WalwireConfig.Retained bound = config.slot().retained();
        RetentionGuard.Handling handling = new RetentionGuard.Handling(lifecycle, queue, boundary);
        this.guard = bound == null
                ? null
                : new RetentionGuard(
                        bound, database, handling, () -> view.status().slot(), this::failNow);
        this.guardThread = guard == null ? null : thread(guard, "guard");
    }

    private String wayOn() {
        WalwireException failure = lifecycle.failure();
        // a lost slot stands nowhere, and its error says what to do
        return failure == null || failure.code() == ErrorCode.SLOT
                ? ""
                : source.howToContinue(reader.lastStart(), positions.confirmed());
    }

    /** Has the instance closed when the JVM shuts down. To be called before {@link #start}. */
    public void closeOnShutdown() {
        ShutdownHook.add(this, config.name());
    }

    /** A handler that called {@code System.exit} never returns, and what it was called for is never confirmed. */
    void closeAtShutdown() {
        Stream<Thread> own = Stream.concat(Stream.of(handlerThread, readerThread), dispatcher.running());
        if (!lifecycle.hasStarted()) {
            abortStart();
        } else if (ShutdownHook.isExiting(own)) {
            lifecycle.stop();
            queue.close();
            source.abort();
            giveUp();
        } else {
            close();
        }
    }

    /** Ends the stream before anything else, and the instance when its handlers have returned or their time is over. */
    private void failNow(WalwireException failure) throws InterruptedException {
        lifecycle.fail(failure);
        queue.close();
        connection.close();
        source.abort();
        reader.cut();
        endInTime();
    }

    private void endWith(WalwireException failure) {
        lifecycle.fail(failure);
        queue.close();
    }

    private void confirmAgain() {
        reader.confirmAgain();
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
        code.listeners().each(listener -> listener.onStart(view));
        handlerThread.start();
        readerThread.start();
        shutdownThread.start();
        if (guardThread != null) {
            guardThread.start();
        }
        try {
            lifecycle.awaitStarted();
        } catch (InterruptedException e) {
            abortStart();
            Thread.currentThread().interrupt();
            throw new WalwireException(ErrorCode.CLOSED, "Starting " + config.name() + " was interrupted.", e);
        }
        // what fails later is no failure of the start, however early it comes
        if (!lifecycle.hasStarted()) {
            lifecycle.throwFailure();
            throw new WalwireException(ErrorCode.CLOSED, config.name() + " was closed before it had started.");
        }
    }

    /** Nothing was handled yet, so that there is nothing to wait for but the server's answer. */
    private void abortStart() {
        lifecycle.stop();
        queue.close();
        source.abort();
        try {
            if (lifecycle.awaitAny(EnumSet.noneOf(State.class), ABORT)) {
                return;
            }
        } catch (InterruptedException e) {
            LOG.debug("{} is given up at once, because its start was interrupted again", config.name());
        }
        giveUp();
    }

    /** The last act of the reader thread, however it came to its end. */
    private void readerEnded() {
        lifecycle.stop();
        queue.close();
        if (guard != null) {
            guard.streamClosed();
        }
        try {
            if (!lifecycle.isGivenUp()) {
                handlerThread.join();
            }
        } catch (InterruptedException e) {
            LOG.warn("{} was closed while a handler was still busy; its transaction stays unconfirmed", config.name());
        }
        dispatcher.close();
        watches.end(lifecycle.failure());
        backfills.end(lifecycle.failure());
        connection.close();
        awaitWatch();
        end();
    }

    private void end() {
        lifecycle.end(failure -> {
            notice.log(failure);
            notice.call(failure, lifecycle.completion());
        });
    }

    private void awaitWatch() {
        try {
            shutdownThread.join(TimeUnit.SECONDS.toMillis(1));
            source.ended();
        } catch (InterruptedException e) {
            LOG.debug("What runs beside {} ends by itself", config.name());
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
        if (isOwnThread() || dispatcher.isDispatching() || watches.isCalledBySubscriber()) {
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
        lifecycle.giveUp();
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
        end();
    }

    private boolean isHandlerThread() {
        return Thread.currentThread() == handlerThread;
    }

    boolean isOwnThread() {
        Thread current = Thread.currentThread();
        return List.of(readerThread, handlerThread, shutdownThread).contains(current) || current == guardThread;
    }

    /** See {@code Walwire.state}. */
    public State state() {
        return lifecycle.state();
    }

    /** The status, details and health of the instance. */
    public StatusView statusView() {
        return view;
    }

    /** See {@code Walwire.check}. */
    public List<Finding> check() {
        return Examination.of(source, code, config, database, subscriptions);
    }

    /** What an owner may ask of the instance while it runs. */
    public Control control() {
        return control;
    }

    /** See {@code Walwire.completion}. */
    public CompletableFuture<Void> completion() {
        return lifecycle.completion().copy();
    }

    /** See {@code Walwire.process}. */
    public void process(Transaction transaction) throws InterruptedException {
        requireRunning();
        dispatcher.forCaller(() -> {
            Replays.alone(boundary, () -> dispatcher.dispatch(transaction));
            return true;
        });
    }

    /** See {@code Walwire.replay}. */
    public Replay replay(LetterStore letters, Predicate<StoredLetter> which) throws InterruptedException {
        requireRunning();
        return dispatcher.forCaller(() -> new Replays(config.name(), dispatcher, boundary).run(letters, which));
    }

    /** See {@code Walwire.watch}. */
    public Watches watches() {
        return watches;
    }

    /** See {@code Walwire.backfill}. */
    public Backfills backfills() {
        return backfills;
    }

    /** Handlers and subscriptions that come and go. */
    public LiveChanges changes() {
        return changes;
    }

    void requireRunning() {
        if (lifecycle.isStopping()) {
            throw new WalwireException(ErrorCode.CLOSED, "The instance " + config.name() + " is closed.");
        }
    }
}
