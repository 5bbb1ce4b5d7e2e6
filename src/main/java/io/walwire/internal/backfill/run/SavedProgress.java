package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.KeptProgress;
import io.walwire.internal.backfill.StoredLeaf;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What of a run's progress is kept.
 *
 * @param upTo everything that was handed over before this position is part of the keys
 * @param version of the keys
 * @param ofReads of the keys, as far as reads change them
 * @param keysAt when the keys were kept, of {@link System#nanoTime}
 * @param leaves by OID
 */
record SavedProgress(Lsn upTo, long version, long ofReads, long keysAt, Map<Long, StoredLeaf> leaves) {
    /** How long what can wait does wait. */
    static final long SAVE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long a position waits while nothing else has changed. */
    static final long REACH_NANOS = TimeUnit.SECONDS.toNanos(10);

    SavedProgress {
        leaves = Map.copyOf(leaves);
    }

    /** Of a run that begins, whose keys are kept. */
    static SavedProgress begin(Lsn passed, KeptProgress progress) {
        long due = System.nanoTime() - SAVE_NANOS; // without a position to begin at, the progress is of no use
        return new SavedProgress(passed, progress.version(), progress.ofReads(), due, Map.of());
    }

    /**
     * The same once more is kept.
     *
     * @param position everything that was handed over before it is part of the keys
     * @param withKeys whether the keys are kept, too
     */
    SavedProgress after(KeptProgress progress, Lsn position, boolean withKeys) {
        Map<Long, StoredLeaf> now = new HashMap<>();
        progress.leaves().forEach(leaf -> now.put(leaf.oid(), leaf));
        return withKeys
                ? new SavedProgress(position, progress.version(), progress.ofReads(), System.nanoTime(), now)
                : new SavedProgress(upTo, version, ofReads, keysAt, now);
    }

    /** Those leaves that are not kept as they are. */
    List<StoredLeaf> changed(KeptProgress progress) {
        return progress.leaves().stream()
                .filter(leaf -> !leaf.equals(leaves.get(leaf.oid())))
                .toList();
    }

    /** Whether the keys that are to be read again are not kept as they are. */
    boolean hasOtherKeys(KeptProgress progress) {
        return progress.version() != version;
    }

    /**
     * Whether the keys, with the position, have to be kept together with a chunk. Those that changed because rows were read have to.
     * Others came with events that are not confirmed until they are kept, so that they can wait for a while: all keys are written each
     * time.
     */
    boolean hasToKeepKeys(KeptProgress progress) {
        return progress.ofReads() != ofReads || System.nanoTime() - keysAt >= SAVE_NANOS;
    }
}
