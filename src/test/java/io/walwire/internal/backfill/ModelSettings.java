package io.walwire.internal.backfill;

/**
 * What a run of the model is like.
 *
 * @param firstXid the first transaction's id, with its epoch
 * @param standby whether snapshots are those of a standby
 * @param partitions whether rows move by being deleted and inserted
 * @param byKey whether ranges of the key are read, and not of blocks
 * @param filters whether the handler does not hear updates that leave the name as it was
 * @param unknownKeys one of so many updates does not say what its key was
 * @param maxBytes how much memory the delivered keys may take
 * @param exactlyOnce whether what handlers do is kept in one transaction with the position and the progress; if not, events come
 *     again after a crash, and no key is changed, since a copy of the table then takes values from the wrong row
 * @param naive what is done wrong, to show that the test would notice
 */
record ModelSettings(
        long firstXid,
        boolean standby,
        boolean partitions,
        boolean byKey,
        boolean filters,
        int unknownKeys,
        long maxBytes,
        boolean exactlyOnce,
        Naive naive) {
    /** What is done wrong. */
    enum Naive {
        /** Nothing. */
        NOTHING,
        /** What is in the log when a chunk is read is taken for visible. */
        LOG_ORDER,
        /** A TOASTed value that an event lacks is not read again. */
        TOAST,
        /** Reading begins at once, whatever was delivered before. */
        FIRST_SNAPSHOT,
        /** The keys that are to be read again are not kept with the progress. */
        KEYS_NOT_KEPT,
        /** An event that the handler's filter drops is taken for one that it has heard. */
        FILTER,
        /** A standby's snapshot is taken at its word, which lists no transaction in progress. */
        STANDBY_LIST
    }

    ReadMode mode(boolean byKeyNow) {
        return new ReadMode(!byKeyNow, partitions, !filters || naive == Naive.FILTER, maxBytes);
    }
}
