package io.walwire.internal.backfill.run;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The tables that were read as new in this instance, whichever keeper was at work. Thread-safe.
 *
 * @param oids their OIDs, also of those that an earlier instance has read
 * @param failed those of them whose run has failed
 */
record ReadAsNew(Set<Long> oids, Set<Long> failed) {
    ReadAsNew() {
        this(ConcurrentHashMap.newKeySet(), ConcurrentHashMap.newKeySet());
    }

    boolean has(long oid) {
        return oids.contains(oid);
    }

    void add(Collection<Long> more) {
        oids.addAll(more);
    }

    /** The names of their runs. */
    List<String> runs() {
        return oids.stream().map(RunIds::ofNew).toList();
    }

    /** The run of a table has failed. It need not be one of these. */
    void failed(String run) {
        oids.stream().filter(oid -> RunIds.ofNew(oid).equals(run)).forEach(failed::add);
    }

    /** Those whose run has failed are not read yet. */
    void forgetFailed() {
        oids.removeAll(failed);
        failed.clear();
    }

    /** What was read by these runs is not known here. */
    void forget(Set<String> runs) {
        oids.removeIf(oid -> runs.contains(RunIds.ofNew(oid)));
        failed.retainAll(oids);
    }

    /** What was read is not all any more. */
    void clear() {
        oids.clear();
        failed.clear();
    }
}
