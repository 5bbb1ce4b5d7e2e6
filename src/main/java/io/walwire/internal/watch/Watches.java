package io.walwire.internal.watch;

import io.walwire.error.ConfigurationException;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.GapEvent;
import io.walwire.event.Kind;
import io.walwire.event.Transaction;
import io.walwire.internal.connection.ExceptionText;
import io.walwire.internal.connection.TableShape;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.Table;
import io.walwire.watch.Watch;
import io.walwire.watch.WatchEvent.Resync;
import io.walwire.watch.WatchStatus;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The watches of one instance: who is subscribed to what, and the telling. */
public final class Watches {
    private static final Logger LOG = Logs.of(Watches.class);

    /** What is remembered of tables is bounded: streams describe them again and again, and subscribers may name any. */
    private static final int MOST_TABLES = 4_096;

    private final String instance;
    private final Tables tables;
    private final SubscriberThreads threads;
    private final ConcurrentHashMap<TableName, TableWatches> byName = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<TableName, TableShape> shapes = new ConcurrentHashMap<>();
    private final Set<TableName> warned = ConcurrentHashMap.newKeySet();
    private final AtomicInteger live = new AtomicInteger();
    private final AtomicLong failures = new AtomicLong();
    private volatile boolean ended;
    private volatile @Nullable WalwireException cause;

    /** Of the handler thread alone. */
    private final IdentityHashMap<Table, Known> byTable = new IdentityHashMap<>();

    private record Known(TableWatches watches, TableView view) {}

    /** What the instance knows of tables. */
    public interface Tables {
        /** The table as the catalog has it now. */
        TableShape shape(TableName table);

        /** Whether the instance delivers its changes. */
        boolean isSubscribed(TableName table);

        /** For people, of a table that is in no publication: how it comes into one, beginning with a blank. */
        default String howToPublish(TableName table) {
            return "";
        }

        /** For people, of a table whose old rows are not sent: how they would be, beginning with a blank. */
        default String howToSendOldRows(TableName table) {
            return " To have them, give it REPLICA IDENTITY FULL.";
        }
    }

    /**
     * No watches yet.
     *
     * @param instance the instance's name
     * @param group the instance's threads
     * @param tables asked when somebody subscribes
     */
    public Watches(String instance, ThreadGroup group, Tables tables) {
        this.instance = instance;
        this.tables = tables;
        this.threads = new SubscriberThreads(group);
    }

    /** Begins a watch. */
    public Watch watch(TableName table) {
        return WatchBuilder.of(this, table);
    }

    /** Counts at this moment. */
    public WatchStatus status() {
        return new WatchStatus(live.get(), failures.get());
    }

    /**
     * Tells subscribers of what handlers are done with. Called by the handler thread alone; runs no code of subscribers but
     * their predicates, and throws nothing.
     */
    public void tell(Transaction transaction) {
        if (live.get() == 0) {
            return;
        }
        for (Event event : transaction.events()) {
            if (event instanceof ReceivedChange change && (change.kind().isRow() || change.kind() == Kind.TRUNCATE)) {
                tell(change);
            }
        }
    }

    private void tell(ReceivedChange change) {
        Table table = change.table();
        try {
            Known known = of(table);
            known.watches().tell(change, known.view());
        } catch (Throwable e) {
            // whom it concerns is not known, so that it may be any of them
            TableWatches watches = byName.get(new TableName(table.schema(), table.name()));
            if (watches != null) {
                watches.forEach(watcher -> watcher.fail(
                        "A change could not be delivered: " + e.getClass().getName(), e));
            }
        }
    }

    private Known of(Table table) {
        Known known = byTable.get(table);
        if (known == null) {
            if (byTable.size() >= MOST_TABLES) {
                forgetTables();
            }
            TableName name = new TableName(table.schema(), table.name());
            // it may have been altered
            shapes.remove(name);
            known = new Known(watchesOf(name), new TableView(table));
            byTable.put(table, known);
        }
        return known;
    }

    private TableWatches watchesOf(TableName name) {
        return byName.compute(name, (same, there) -> {
            TableWatches watches = there == null ? new TableWatches() : there;
            watches.known = true;
            return watches;
        });
    }

    private void forgetTables() {
        byTable.clear();
        for (TableName name : byName.keySet()) {
            byName.computeIfPresent(name, (same, watches) -> {
                watches.known = false;
                return watches.isEmpty() ? null : watches;
            });
        }
    }

    /** Tells subscribers of lost continuity; other events that belong to no transaction concern none. */
    public void tell(Event event) {
        if (event instanceof GapEvent of) {
            resync(of.gap().reason(), of.gap());
        }
    }

    /** Tells every subscriber that the stream was interrupted. Called by the handler thread alone. */
    public void resync(String reason, @Nullable Gap gap) {
        forEach(watcher -> watcher.deliver(new Resync(watcher.label(), 0, reason, gap)));
    }

    private void forEach(Consumer<Watcher> action) {
        byName.values().forEach(table -> table.forEach(action));
    }

    /** Whether it is a subscriber who calls, on a thread of the instance: the end waits for it, so it cannot wait for the end. */
    public boolean isCalledBySubscriber() {
        return threads.isOneOfThese();
    }

    /** Ends every subscription after what waits for it. Waits for a moment until subscribers have taken it. */
    public void end(@Nullable WalwireException failure) {
        complete(failure);
        threads.end();
    }

    /** Takes in nothing more. */
    void complete(@Nullable WalwireException failure) {
        if (!ended) {
            cause = failure;
            ended = true;
        }
        forEach(watcher -> watcher.end(cause));
    }

    Executor threads() {
        return threads;
    }

    /** Checks a watch, without subscribing to it. */
    Matcher check(WatchSpec spec) {
        requireOpen();
        TableShape known = shapes.get(spec.table());
        WatchCheck check = known == null ? null : new WatchCheck(spec, known, tables);
        if (check == null || !check.problems().isEmpty()) {
            // what was read earlier may be out of date
            TableShape shape = tables.shape(spec.table());
            remember(spec.table(), shape);
            check = new WatchCheck(spec, shape, tables);
        }
        List<String> problems = check.problems();
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        if (check.readsUnsentValues() && isNew(spec.table())) {
            LOG.warn(
                    "{} compares old values, which PostgreSQL does not send of it: changes in doubt are delivered as not"
                            + " certain.{}",
                    spec.display(),
                    tables.howToSendOldRows(spec.table()));
        }
        return check.matcher();
    }

    private void remember(TableName name, TableShape shape) {
        if (shapes.size() >= MOST_TABLES) {
            shapes.clear();
        }
        if (shape.exists()) {
            shapes.put(name, shape);
        }
    }

    private boolean isNew(TableName table) {
        if (warned.size() >= MOST_TABLES) {
            warned.clear();
        }
        return warned.add(table);
    }

    /** Subscribes: the watcher is told of what is told from now on. */
    Watcher register(WatchSpec spec, Runnable wake) {
        Watcher watcher = new Watcher(spec, check(spec), new Place(), wake);
        live.incrementAndGet();
        byName.compute(spec.table(), (name, there) -> {
            TableWatches watches = there == null ? new TableWatches() : there;
            watches.add(watcher);
            return watches;
        });
        watcher.log().subscribed();
        if (ended) {
            watcher.end(cause);
        }
        return watcher;
    }

    private void requireOpen() {
        if (ended) {
            throw new WalwireException(ErrorCode.CLOSED, "The instance " + instance + " is closed.", cause);
        }
    }

    /** Where subscriptions are. */
    private final class Place implements Watcher.Registry {
        @Override
        public void remove(Watcher watcher) {
            byName.computeIfPresent(watcher.spec().table(), (same, watches) -> {
                watches.remove(watcher);
                return watches.isEmpty() && !watches.known ? null : watches;
            });
            live.decrementAndGet();
            watcher.log().ended();
        }

        @Override
        public void failed(Watcher watcher, WalwireException thrown) {
            failures.incrementAndGet();
            Throwable cause = thrown.getCause();
            LOG.warn("{}", thrown.getMessage(), cause == null ? null : ExceptionText.trace(cause));
        }
    }
}
