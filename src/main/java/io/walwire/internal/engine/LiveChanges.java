package io.walwire.internal.engine;

import io.walwire.handler.EventHandler;
import io.walwire.internal.backfill.run.Backfills;
import io.walwire.internal.dispatch.Declarations;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.source.ChangeSource;
import io.walwire.internal.text.TablePattern;
import io.walwire.listener.ObservedBackfill;
import java.util.List;

/** Handlers and subscriptions that come and go while an instance runs. Thread-safe. */
public final class LiveChanges {
    private final Engine engine;
    private final ChangeSource source;
    private final LiveSubscriptions subscriptions;
    private final Dispatcher dispatcher;
    private final UserCode code;
    private final Backfills backfills;

    LiveChanges(
            Engine engine,
            ChangeSource source,
            LiveSubscriptions subscriptions,
            Dispatcher dispatcher,
            UserCode code,
            Backfills backfills) {
        this.engine = engine;
        this.source = source;
        this.subscriptions = subscriptions;
        this.dispatcher = dispatcher;
        this.code = code;
        this.backfills = backfills;
    }

    /** See {@code Walwire.addHandler}. */
    public void addHandler(UserCode.Registration added) {
        engine.requireRunning();
        Declarations declared = code.declared(added);
        synchronized (this) { // so that the check still holds
            source.requireHandler(Wanted.of(List.of(declared)));
            dispatcher.add(declared);
        }
        backfills.subscribed();
    }

    /** See {@code Walwire.removeHandler}. */
    public void removeHandler(EventHandler handler) {
        if (!dispatcher.remove(handler)) {
            throw new IllegalArgumentException(
                    "Not a handler of this instance: " + handler.getClass().getName());
        }
    }

    /** See {@code Walwire.addTables}. */
    public void subscribe(List<TablePattern> patterns) {
        engine.requireRunning();
        synchronized (this) {
            source.requireSubscriptions(patterns);
            subscriptions.add(patterns);
        }
        backfills.subscribed();
    }

    /** What is subscribed to at this moment. */
    List<TablePattern> patterns() {
        return subscriptions.patterns();
    }

    /** The runs that read existing rows at this moment. */
    List<ObservedBackfill> backfills() {
        return backfills.observed();
    }

    /** See {@code Walwire.removeTables}. */
    public void unsubscribe(List<TablePattern> patterns) {
        subscriptions.remove(patterns);
    }
}
