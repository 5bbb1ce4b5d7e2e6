package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.MirrorProcess.Place;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Instances with a {@link Mirror}, one after the other; those in processes of their own are killed. */
final class MirrorRuns {
    /** Is written behind everything else. */
    static final String LAST_ROW = "INSERT INTO item VALUES (-1, 0, 'last')";

    private static final Duration LONG = Duration.ofMinutes(3);

    private final TestDatabase kept;
    private final List<String> settings;

    MirrorRuns(TestDatabase kept, List<String> settings) {
        this.kept = kept;
        this.settings = settings;
    }

    /** Kills one when it stands still there, in the middle of the run. */
    void killAt(Place place, int times) throws Exception {
        try (KilledProcess process = MirrorProcess.start(kept, place, times, settings)) {
            process.awaitStop();
        }
        assertThat(isDone()).isFalse();
    }

    /** Kills one wherever it is when it has got rows. */
    void killAfterARead() throws Exception {
        long before = Mirror.reads(kept);
        try (KilledProcess process = MirrorProcess.start(kept, Place.NOWHERE, 0, settings)) {
            Eventually.until(LONG, () -> Mirror.reads(kept) > before);
        }
    }

    /** Lets one run to the end, as {@link #complete}. */
    void finish(RandomTable.Work last) throws Exception {
        try (KilledProcess process = MirrorProcess.start(kept, Place.NOWHERE, 0, settings)) {
            complete(last);
        }
    }

    /**
     * Waits until the instance that runs has read all rows, and then has got everything.
     *
     * @param last stops what writes, and writes {@link #LAST_ROW}
     */
    void complete(RandomTable.Work last) throws Exception {
        Eventually.until(LONG, this::isDone);
        last.run();
        Eventually.until(LONG, () -> kept.queryLong("SELECT count(*) FROM item WHERE id = -1") == 1);
    }

    private boolean isDone() throws Exception {
        return ExistingItems.doneRuns(kept) == 1;
    }

    /** The copy has these rows, as a {@link TableCopy} has them. */
    void requireEqual(Map<String, String> rows) throws Exception {
        assertThat(TableCopy.of(kept, "item")).isEqualTo(rows);
        Mirror.requireNoStateWentBack(kept);
    }
}
