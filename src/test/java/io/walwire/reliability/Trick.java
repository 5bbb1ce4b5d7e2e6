package io.walwire.reliability;

import java.util.Set;

/**
 * A part of the random history that can be left out, so that the rest can be played while that part is known to fail:
 * {@code -Dwalwire.chaos.without=LEAF_IDENTITIES,ROLE_TIMEOUTS}.
 */
enum Trick {
    /** The role gets time-outs. */
    ROLE_TIMEOUTS,
    /** The role, or the database, gets other formats. */
    ROLE_FORMATS,
    /** Messages that look like a context and cannot be read as one. */
    HOSTILE_CONTEXT,
    /** Values that are hard to read. */
    HOSTILE_ROWS,
    /** Partitions with another replica identity than their root's, published as their root. */
    LEAF_IDENTITIES,
    /** A table's key gets another column, and loses it again. */
    KEY_WIDENED,
    /** A type, a table of it and rows in one transaction. */
    TYPE_AND_TABLE,
    /** A column gets another name, and its first one again. */
    COLUMN_RENAMED,
    /** Partitions are detached and attached. */
    PARTITION_DETACHED,
    /** Tables are added to publications and dropped from them, and publications publish less for a while. */
    PUBLICATION_ALTERED,
    /** Transactions that stay open while others commit, and that take the server long to decode. */
    LONG_TRANSACTIONS;

    private static final Set<String> WITHOUT =
            Set.of(System.getProperty("walwire.chaos.without", "").split(","));

    boolean isPlayed() {
        return !WITHOUT.contains(name());
    }
}
