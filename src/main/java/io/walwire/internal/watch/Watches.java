package io.walwire.internal.watch;

import io.walwire.error.ConfigurationException;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.GapEvent;
import io.walwire.event.Kind;
import io.walwire.event.Transaction;
import io.walwire.internal.connection.catalog.TableShape;
import io.walwire.internal.connection.server.ExceptionText;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.ReceivedRead;
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

/** The watches of one instance: holds the subscriptions, and delivers changes to them. */
public final class Watches {
    private static final Logger LOG = Logs.of(Watches.class);

    /** What is remembered of tables is bounded: streams describe them again and again, and subscribers may name any. */
    private static final int MAX_TABLES = 4_096;

    private final String instance;
    private final Tables tables;
    private final SubscriberThreads threads;
    private final ConcurrentHashMap<TableName, TableSubscriptions> byName = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<TableName, TableShape> shapes = new ConcurrentHashMap<>();
    private final Set<TableName> warned = ConcurrentHashMap.newKeySet();
    private final AtomicInteger live = new AtomicInteger();
    private final AtomicLong failures = new AtomicLong();
    private volatile boolean ended;
    private volatile @Nullable WalwireException cause;

    /** The names of the tables that changes came of; used only by the handler thread. */
    private final IdentityHashMap<Table, TableName> names = new IdentityHashMap<>();

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
        TableSubscriptions there = byName.get(table);
        return WatchBuilder.of(this, there == null ? table : there.table);
    }

    /** Counts at this moment. */
    public WatchStatus status() {
        return new Counts(live.get(), failures.get());
    }

    /**
     * Delivers a transaction whose handlers have returned. Called only by the handler thread; runs no code of subscribers but
     * their predicates, and throws nothing.
     */
    public void deliver(Transaction transaction) {
        if (live.get() == 0) {
            return;
        }
        for (Event event : transaction.events()) {
            if (event instanceof ReceivedChange change
                    && (change.kind().isRow() || change.kind() == Kind.TRUNCATE)
                    && !(change instanceof ReceivedRead read && read.isForSome())) {
                deliverOne(change);
            }
        }
    }

    /** Whether somebody wants rows of a table that are read. */
    public boolean hearsReads(TableName table) {
        boolean[] heard = {false};
        TableSubscriptions subscriptions = byName.get(table);
        if (subscriptions != null) {
            subscriptions.forEach(subscription -> heard[0] |= subscription.spec.reads);
        }
        return heard[0];
    }

    private void deliverOne(ReceivedChange change) {
        TableSubscriptions subscriptions = byName.get(name(change.table()));
        if (subscriptions == null) {
            return;
        }
        try {
            subscriptions.offer(change);
        } catch (Throwable e) {
            // which of them the change concerns is not known, so that it may be any
            subscriptions.forEach(subscription -> subscription.fail(
                    "A change could not be delivered: " + e.getClass().getName(), e));
        }
    }

    private TableName name(Table table) {
        TableName name = names.get(table);
        if (name == null) {
            if (names.size() >= MAX_TABLES) {
                names.clear();
            }
            name = new TableName(table.schema(), table.name());
            names.put(table, name);
            // a table that is described again may have been altered
            shapes.remove(name);
        }
        return name;
    }

    /** Delivers a gap as a resync; other events that belong to no transaction concern no subscription. */
    public void deliver(Event event) {
        if (event instanceof GapEvent of) {
            resync(of.gap().reason(), of.gap());
        }
    }

    /** Delivers to every subscription that the stream was interrupted. Called only by the handler thread. */
    public void resync(String reason, @Nullable Gap gap) {
        forEach(subscription -> subscription.deliver(new Resync(subscription.label(), 0, reason, gap)));
    }

    private void forEach(Consumer<WatchSubscription> action) {
        byName.values().forEach(table -> table.forEach(action));
    }

    /** Whether a subscriber calls, on a thread of the instance: the end waits for that thread, so it cannot wait for the end. */
    public boolean isCalledBySubscriber() {
        return threads.isOneOfThese();
    }

    /** Ends every subscription after what waits for it. Waits some seconds for subscribers to take it. */
    public void end(@Nullable WalwireException failure) {
        complete(failure);
        threads.end();
    }

    /** Delivers nothing more. */
    void complete(@Nullable WalwireException failure) {
        if (!ended) {
            cause = failure;
            ended = true;
        }
        forEach(subscription -> subscription.end(cause));
    }

    Executor threads() {
        return threads;
    }

    /** Checks a watch, without subscribing to it. */
    Matcher check(WatchSpec spec) {
        requireOpen();
        TableShape known = shapes.get(spec.table);
        WatchCheck check = known == null ? null : WatchCheck.of(spec, known, tables);
        if (check == null || !check.problems().isEmpty()) {
            // what was read earlier may be out of date
            TableShape shape = tables.shape(spec.table);
            remember(spec.table, shape);
            check = WatchCheck.of(spec, shape, tables);
        }
        List<String> problems = check.problems();
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        if (check.readsUnsentValues() && isNew(spec.table)) {
            LOG.warn(
                    "{} compares old values, which PostgreSQL does not send for this table. Uncertain matches are delivered"
                            + " with certain=false.{}",
                    spec.display(),
                    tables.howToSendOldRows(spec.table));
        }
        return check.matcher();
    }

    private void remember(TableName name, TableShape shape) {
        if (shapes.size() >= MAX_TABLES) {
            shapes.clear();
        }
        if (shape.exists()) {
            shapes.put(name, shape);
        }
    }

    private boolean isNew(TableName table) {
        if (warned.size() >= MAX_TABLES) {
            warned.clear();
        }
        return warned.add(table);
    }

    /**
     * Subscribes: what is delivered from now on reaches the subscription.
     *
     * @param wake as {@link WatchSubscription} calls it
     */
    WatchSubscription register(WatchSpec spec, WatchSubscription.Wake wake) {
        Matcher matcher = check(spec);
        spec.forgetValues();
        WatchSubscription subscription = new WatchSubscription(spec, matcher, this, wake);
        live.incrementAndGet();
        byName.compute(spec.table, (name, there) -> {
            TableSubscriptions subscriptions = there == null ? new TableSubscriptions(name) : there;
            subscriptions.add(subscription);
            return subscriptions;
        });
        subscription.log("subscribed");
        if (ended) {
            subscription.end(cause);
        }
        return subscription;
    }

    /** Removes a subscription that wants nothing more. */
    void remove(WatchSubscription subscription) {
        byName.computeIfPresent(subscription.spec.table, (name, subscriptions) -> {
            subscriptions.remove(subscription);
            return subscriptions.isEmpty() ? null : subscriptions;
        });
        live.decrementAndGet();
        subscription.log("the subscription ended");
    }

    /** Counts and logs a subscription that ended with an error of its own. */
    void failed(WalwireException thrown) {
        failures.incrementAndGet();
        Throwable origin = thrown.getCause();
        LOG.warn("{}", thrown.getMessage(), origin == null ? null : ExceptionText.trace(origin));
    }

    private void requireOpen() {
        if (ended) {
            throw new WalwireException(ErrorCode.CLOSED, "The instance " + instance + " is closed.", cause);
        }
    }

    private record Counts(int subscriptions, long failed) implements WatchStatus {}
}
