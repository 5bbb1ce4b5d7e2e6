package io.walwire.internal.backfill;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** The keys whose rows have their place, and whose handlers have not returned. Not thread-safe, but for its version. */
final class UnhandledKeys {
    private final Set<List<TableKey>> lists = Collections.newSetFromMap(new IdentityHashMap<>());
    private final AtomicLong version = new AtomicLong();

    void placed(ReadJob job) {
        if (job.isOfKeys()) {
            lists.add(job.keys());
        }
    }

    void handled(ReadJob job) {
        if (job.isOfKeys()) {
            lists.remove(job.keys());
            version.incrementAndGet();
        }
    }

    /** All are read again. */
    void clear() {
        lists.clear();
    }

    /** Changes when handlers have returned. */
    long version() {
        return version.get();
    }

    /** What has to be kept: of these keys and those that are to be read, each once. */
    KeptProgress kept(List<StoredLeaf> leaves, DeliveredKeys.Kept toRead) {
        return new KeptProgress(
                leaves, with(toRead.values(), List.of()), toRead.version() + version(), toRead.ofReads() + version());
    }

    /** The same once handlers have returned from rows. */
    KeptProgress keptWith(List<PlacedChunk> placed, List<StoredLeaf> leaves, DeliveredKeys.Kept toRead) {
        List<ReadJob> jobs =
                placed.stream().map(PlacedChunk::job).filter(ReadJob::isOfKeys).toList();
        long next = version() + jobs.size();
        return new KeptProgress(leaves, with(toRead.values(), jobs), toRead.version() + next, toRead.ofReads() + next);
    }

    private List<List<String>> with(List<List<String>> others, List<ReadJob> without) {
        Set<List<String>> all = new LinkedHashSet<>(others);
        lists.stream()
                .filter(list -> without.stream().noneMatch(job -> job.keys() == list))
                .forEach(list -> list.forEach(key -> all.add(key.values())));
        return List.copyOf(all);
    }
}
