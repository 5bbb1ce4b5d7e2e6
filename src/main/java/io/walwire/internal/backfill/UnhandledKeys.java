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

    /** These and others, each once. */
    List<List<String>> with(List<List<String>> others) {
        Set<List<String>> all = new LinkedHashSet<>(others);
        lists.forEach(list -> list.forEach(key -> all.add(key.values())));
        return List.copyOf(all);
    }
}
