package io.walwire.internal.backfill.run;

import java.util.concurrent.ThreadLocalRandom;

/** Names of runs, and of their readings. */
final class RunIds {
    private static final String NEW = "new-";
    private static final int RADIX = 36;
    private static final long RANDOM = 36L * 36 * 36 * 36;

    private RunIds() {}

    /** A name that nothing else has; later ones sort later. */
    static String next() {
        long random = ThreadLocalRandom.current().nextLong(RANDOM, RANDOM * RADIX);
        return Long.toString(System.currentTimeMillis(), RADIX) + Long.toString(random, RADIX);
    }

    /** The name of the run that reads a table because it was never read. */
    static String ofNew(long oid) {
        return NEW + oid;
    }

    /** Whether a run reads a table because it was never read. */
    static boolean isOfNew(String id) {
        return id.startsWith(NEW);
    }
}
