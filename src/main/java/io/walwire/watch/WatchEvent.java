package io.walwire.watch;

import io.walwire.event.ChangeEvent;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Gap;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a subscriber gets: that something {@link Changed}, or that it may have to read again ({@link Resync}). Immutable,
 * and safe to keep: it holds on to no more than its own values.
 */
public sealed interface WatchEvent permits WatchEvent.Changed, WatchEvent.Resync {
    /**
     * The watch's label.
     *
     * @return the label; null where it has none
     */
    @Nullable
    String label();

    /**
     * How many events the subscriber's buffer dropped, or replaced by this one, since the event that was delivered last.
     *
     * @return 0 where none was
     */
    long missed();

    /**
     * The event as one line of JSON: of a change the fields of {@link Event#toJson()} as far as the watch wants them, and
     * where there is something to say a field {@code watch} with {@code label}, {@code missed}, {@code certain},
     * {@code membership} and {@code old_key}.
     *
     * @return a JSON object without a line break
     */
    String toJson();

    /** A row changed that the watch is about, or the table was emptied. */
    non-sealed interface Changed extends WatchEvent {
        /**
         * What happened.
         *
         * @return INSERT, UPDATE, DELETE or TRUNCATE
         */
        Kind kind();

        /**
         * The change's name for good.
         *
         * @return as {@link Event#id()}
         */
        EventId id();

        /**
         * The table's schema.
         *
         * @return its raw name
         */
        String schema();

        /**
         * The table.
         *
         * @return its raw name, without the schema
         */
        String table();

        /**
         * When the transaction committed, by the server's clock.
         *
         * @return the time
         */
        Instant timestamp();

        /**
         * The row's key, as {@link ChangeEvent#key()}.
         *
         * @return only the columns of the key; null for a truncate, and where the table has no key
         */
        @Nullable
        Row key();

        /**
         * The key that the row had before an update changed it.
         *
         * @return only the columns of the key; null where the key is the same or was not sent
         */
        @Nullable
        Row oldKey();

        /**
         * The row after an insert or update, what is known of it before a delete: whole, the columns that were selected, or
         * the key alone, as the watch wants it.
         *
         * @return the row; null for a truncate, and for a watch of keys only on a table without a key
         */
        @Nullable
        Row row();

        /**
         * What is known of the row before an update or delete, whole or the selected columns.
         *
         * @return the row; null where nothing is known, for every other kind, and for a watch of keys only
         */
        @Nullable
        Row oldRow();

        /**
         * The whole event.
         *
         * @return the event; null if the watch wants only keys or selected columns
         */
        @Nullable
        Event event();

        /**
         * The columns that an update is known to have changed; see {@link RowEvent#changes()} for what is not listed.
         *
         * @return unmodifiable; null for every other kind and where nothing is known
         */
        @Nullable
        List<String> changed();

        /**
         * Whether the change is known to be one that the watch asks for. If false, a value that decides it was not sent, such
         * as an old value of a table without REPLICA IDENTITY FULL: the change may be one, and nothing is dropped for lack of
         * knowledge. A truncate is never certain where the watch is about certain rows.
         *
         * @return false where it is not known
         */
        boolean isCertain();

        /**
         * What the change did to the row's membership in the set that the watch asks about.
         *
         * @return the first of entered, left, stayed that is asked for and known; null where that is not known, and where the
         *     watch asks for no membership
         */
        @Nullable
        Membership membership();
    }

    /**
     * The stream was interrupted, so that what the subscriber knows may be out of date. Comes in its place between changes.
     *
     * @param label the watch's label
     * @param missed as {@link WatchEvent#missed()}
     * @param reason for people
     * @param gap what may be missing, so that a cache has to be filled again; null where the stream went on where it had
     *     ended, so that changes are late but none is missing
     */
    record Resync(
            @Nullable String label,
            long missed,
            String reason,
            @Nullable Gap gap) implements WatchEvent {
        @Override
        public String toJson() {
            return ResyncJson.of(this);
        }
    }
}
