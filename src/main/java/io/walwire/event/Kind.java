package io.walwire.event;

import java.util.Locale;

/** What an {@link Event} is about; its JSON name is {@link #jsonName()}. */
public enum Kind {
    /** A row was inserted. */
    INSERT,
    /** A row was updated. */
    UPDATE,
    /** A row was deleted. */
    DELETE,
    /** A row that exists already was read, by a backfill. It is no change. */
    READ,
    /** All rows of a table that existed were read, by a backfill. */
    BACKFILLED,
    /** A table was emptied; one event for each table of the TRUNCATE. */
    TRUNCATE,
    /** A logical message, {@code pg_logical_emit_message}. Never of a table. */
    MESSAGE,
    /** A table differs from what it was at its last change; comes before the change that shows it. */
    SCHEMA,
    /** Continuity was lost: changes between two positions may be missing. Never of a table. */
    GAP;

    private final String jsonName = name().toLowerCase(Locale.ROOT);

    /**
     * The name in the event's JSON, its {@code type}.
     *
     * @return the lower-case name
     */
    public String jsonName() {
        return jsonName;
    }

    /**
     * Whether the event is about one row.
     *
     * @return true for insert, update, delete and read
     */
    public boolean isRow() {
        return this == READ || isRowChange();
    }

    /**
     * Whether the event is a change of one row.
     *
     * @return true for insert, update and delete
     */
    public boolean isRowChange() {
        return this == INSERT || this == UPDATE || this == DELETE;
    }
}
