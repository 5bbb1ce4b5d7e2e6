package io.walwire.watch;

import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.event.Condition;
import io.walwire.event.Row;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Describes the changes of a table that a part of the application wants, their form, and how many may wait. Immutable:
 * each method gives another watch, so that one can be kept and subscribed to often. All conditions have to hold.
 *
 * <p>A subscription gets a transaction after the instance's handlers have returned from it, so that a later read
 * sees what they did. It gets every transaction whose handlers return after {@code subscribe} has returned, and so of
 * everything that is committed after it; of a transaction that is being delivered at that moment it may get a part. Events come
 * in commit order, each once while the instance lives, also after a lost connection. Watches are not kept for a restart, and
 * confirm nothing: what has to be done for every change belongs into a handler.
 *
 * <p><b>No change is dropped for lack of knowledge.</b> PostgreSQL sends all old values only if the table's REPLICA
 * IDENTITY is FULL, otherwise those of the key. A change that may match the watch is delivered, and marked as not certain:
 * {@link WatchEvent.Changed#isCertain()}. Of a watch that compares such values the log holds the {@code ALTER TABLE} that
 * makes it exact.
 *
 * <p>Every method that subscribes throws {@link ConfigurationException} with all problems of the watch, checked against the
 * catalog: a table that does not exist, is not subscribed or not published, unknown columns, a key that is not the table's,
 * values that a column cannot hold. And {@link WalwireException} if the instance is closed or the catalog cannot be read.
 */
public interface Watch {
    /**
     * Wants inserts. Where no kind is named all four are wanted.
     *
     * @return a watch of inserts and what else was named
     */
    Watch inserted();

    /**
     * Wants updates.
     *
     * @return a watch of updates and what else was named
     */
    Watch updated();

    /**
     * Wants deletes.
     *
     * @return a watch of deletes and what else was named
     */
    Watch deleted();

    /**
     * Wants truncates. They reach also watches of single records and values, whose rows may have been among those removed.
     *
     * @return a watch of truncates and what else was named
     */
    Watch truncated();

    /**
     * Wants rows that are there already, where a backfill reads them ({@code Walwire.backfill}), beside the kinds that are named or
     * are wanted where none is. A read is matched as an insert is. Reads of a run with {@code handlers(..)} do not come.
     *
     * @return a watch of reads and what else it wanted
     */
    Watch reads();

    /**
     * An update counts only if one of these columns changed in value; NULL is a value. Other kinds are not affected.
     *
     * @param columns one or more, added to those named before
     * @return a watch with this condition too
     */
    Watch columns(String... columns);

    /**
     * Wants updates that changed a column. Other kinds only if they are named.
     *
     * @param column the column
     * @return a watch with this condition too, to which old and new value can be added
     */
    Transition changed(String column);

    /**
     * The record with this key, under its old or its new one where an update changed it. An insert of the key is an event of
     * it too.
     *
     * @param value the value of the key's only column, as in {@link #where(String, Object)}; not null
     * @return a watch with this condition too
     */
    Watch key(Object value);

    /**
     * The record with this key, of one or several columns, as {@link #key(Object)}.
     *
     * @param values every column of the key, with its value
     * @return a watch with this condition too
     */
    Watch key(Map<String, ?> values);

    /**
     * The records whose column has a value, before or after the change: a row that moves from parent A to parent B is delivered to
     * the watches of both. Several conditions have to hold of the same version of the row.
     *
     * @param column the column
     * @param value its value: a Java value of the column's type ({@code 42}, {@code 42L} and {@code "42"} are the same), or
     *     PostgreSQL's own text of it; null for SQL NULL
     * @return a watch with this condition too
     */
    Watch where(String column, @Nullable Object value);

    /**
     * Only changes for which a condition holds, with the same conditions as in handlers. If it is not known, the change is delivered
     * as not certain; {@link Condition#certain()} leaves it out. A condition about a row looks at the row after an insert or
     * update and before a delete, where {@link #where(String, Object)} looks at both versions.
     *
     * @param condition names columns of the table
     * @return a watch with this condition too
     */
    Watch where(Condition condition);

    /**
     * The records that a predicate accepts, before or after the change. The handler thread calls it and waits for it without
     * a limit: while it does not return, no handler runs and nothing is confirmed. So it takes no lock, and asks no database
     * and no network.
     *
     * @param predicate quick and without side effects, for it runs on the handler thread; where it reads a value that was not
     *     sent the change is delivered as not certain. One that throws anything else ends its subscription
     * @return a watch with this condition too
     */
    Watch where(Predicate<? super Row> predicate);

    /**
     * Changes by which a row enters the set that a predicate accepts. Where several of enters, leaves and stays in are asked
     * for, one of them has to hold.
     *
     * @param predicate as {@link #where(Predicate)}
     * @return a watch with this condition too
     */
    Watch enters(Predicate<? super Row> predicate);

    /**
     * Changes by which a row leaves the set that a predicate accepts; also a truncate.
     *
     * @param predicate as {@link #where(Predicate)}
     * @return a watch with this condition too
     */
    Watch leaves(Predicate<? super Row> predicate);

    /**
     * Updates of rows that a predicate accepts before and after.
     *
     * @param predicate as {@link #where(Predicate)}
     * @return a watch with this condition too
     */
    Watch staysIn(Predicate<? super Row> predicate);

    /**
     * Events carry the key and nothing else of the row.
     *
     * @return such a watch
     */
    Watch keysOnly();

    /**
     * Events carry the key and these columns. Without this and {@link #keysOnly()} they carry the whole row.
     *
     * @param columns the columns; in place of those selected before
     * @return such a watch
     */
    Watch select(String... columns);

    /**
     * Names the watch, in its events and in the log.
     *
     * @param label for people and for subscribers of several watches; need not be unique
     * @return such a watch
     */
    Watch label(String label);

    /**
     * Up to so many events wait for a subscriber that is slow; then the oldest is dropped, and the next event says how many. The
     * default, with 1024.
     *
     * @param most at least 1
     * @return such a watch
     * @throws IllegalArgumentException if it is less
     */
    Watch dropOldest(int most);

    /**
     * Of each record only the latest event waits for a subscriber that is slow, of up to so many records; then the oldest is
     * dropped. The event says how many it stands for.
     *
     * @param most at least 1
     * @return such a watch
     * @throws IllegalArgumentException if it is less
     */
    Watch conflate(int most);

    /**
     * Up to so many events wait for a subscriber that is slow; then it gets these and the subscription ends with an error.
     *
     * @param most at least 1
     * @return such a watch
     * @throws IllegalArgumentException if it is less
     */
    Watch closeOnOverflow(int most);

    /**
     * Subscribes a callback, called on threads of the instance that nothing else uses, up to 64 at the same time. Calls of one
     * subscription never overlap. A call that throws ends its subscription, and no other. A callback that blocks for long is
     * better given an executor of its own.
     *
     * @param subscriber called with each event
     * @return the subscription; close it when it is no longer needed
     */
    Subscription subscribe(Consumer<? super WatchEvent> subscriber);

    /**
     * Subscribes a callback on an executor of the user's own, which is never shut down here. An executor that refuses ends the
     * subscription. One that runs its tasks on the calling thread has the callback hold up the instance's handlers.
     *
     * @param executor where the callback runs; calls of one subscription never overlap
     * @param subscriber called with each event
     * @return the subscription
     */
    Subscription subscribe(Executor executor, Consumer<? super WatchEvent> subscriber);

    /**
     * A publisher by the rules of Reactive Streams. Each of its subscribers has a subscription and a buffer of its own, from
     * the moment it subscribes, and is signalled on the threads that {@link #subscribe(Consumer)} uses. It ends with
     * {@code onComplete} when the instance is closed.
     *
     * @return a publisher that can be subscribed to often
     */
    Flow.Publisher<WatchEvent> publisher();

    /**
     * A publisher whose subscribers are signalled on an executor of the user's own.
     *
     * @param executor where they are signalled, after {@code onSubscribe}
     * @return a publisher that can be subscribed to often
     */
    Flow.Publisher<WatchEvent> publisher(Executor executor);

    /**
     * Subscribes, to take the events one by one and wait for them.
     *
     * @return an iterator to be closed
     */
    WatchIterator iterator();

    /**
     * Subscribes, to take the events as a stream that waits for them and ends when the instance or the stream is closed.
     *
     * @return a sequential stream to be closed
     */
    Stream<WatchEvent> stream();
}
