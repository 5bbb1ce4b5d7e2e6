package io.walwire.internal.backfill;

import io.walwire.internal.log.Logs;
import org.slf4j.Logger;

/** Warns where the chunks of a table are read again and again. Not thread-safe. */
final class ReadAgainWarning {
    private static final Logger LOG = Logs.of(ReadAgainWarning.class);

    /** Without a chunk between them that got its place. */
    private static final int MANY = 100;

    private int inVain;

    /** A chunk of a leaf was delivered, or has to be read again. */
    void decided(LeafPlan leaf, boolean readAgain) {
        inVain = readAgain ? inVain + 1 : 0;
        if (readAgain && inVain % MANY == 0) {
            LOG.warn(
                    "The backfill of {} had to read its last {} chunks again, because the stream had changes whose keys are not known:"
                            + " PostgreSQL did not send the key, or memory did not hold all keys. The backfill goes on when there are fewer such changes. A larger walwire.buffer holds"
                            + " more keys.",
                    leaf.table(),
                    inVain);
        }
    }
}
