package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.event.Gap;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import java.time.Duration;
import java.util.HashSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Existing rows, where the primary dies and its standby is promoted: what was read counts on, unless something may have been missed. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class FailoverBackfillTest {
    private static final Duration LONG = FailoverPair.LONG;
    private static final int ROWS = ExistingItems.ROWS;
    private static final String STATES =
            "SELECT string_agg(state || ' ' || timeline, ' ') FROM walwire_backfill WHERE leaf = 0";

    private final Recorder<Gap> gaps = new Recorder<>();

    private static void create(FailoverPair pair) throws Exception {
        ExistingItems.create(pair.database);
        ExistingItems.createProgress(pair.database);
    }

    private Walwire start(FailoverPair pair, OnceCopy copy) {
        return pair.instance()
                .set("walwire.backfill", "new")
                .set("walwire.backfill.rate", "2KiB")
                .handler("items", copy)
                .handler("gaps", on -> on.onGap(event -> gaps.add(event.gap())))
                .start();
    }

    /** Starts a run, and pauses it when some rows are read and kept. */
    private Walwire startAndPause(FailoverPair pair, OnceCopy copy, CountDownLatch reading) throws Exception {
        Walwire walwire = start(pair, copy);
        assertThat(reading.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        walwire.backfills().forEach(BackfillRun::pause);
        Eventually.until(LONG, () -> {
            long read = copy.reads.all().size();
            return pair.text(pair.primary, "SELECT sum(rows_read) FROM walwire_backfill WHERE leaf <> 0")
                    .equals(String.valueOf(read));
        });
        assertThat(copy.reads.all()).hasSizeLessThan(ROWS);
        return walwire;
    }

    /** Has an instance read the table, and ends it. */
    private void readAll(FailoverPair pair, OnceCopy copy) throws Exception {
        create(pair);
        try (Walwire walwire = start(pair, copy)) {
            copy.ends.await(1);
            Eventually.until(LONG, () -> pair.text(pair.primary, STATES).equals("done 1"));
            pair.awaitSynced();
        }
    }

    private static void awaitDone(FailoverPair pair, Walwire walwire) throws Exception {
        Eventually.until(LONG, () -> pair.text(pair.standby, STATES).equals("done 2"));
        assertThat(walwire.awaitCurrent(LONG)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {17, 18})
    void midRun_withoutAGap_goesOn(int version) throws Exception {
        CountDownLatch reading = new CountDownLatch(300);
        OnceCopy copy = new OnceCopy(reading::countDown);
        try (FailoverPair pair = new FailoverPair(version, true)) {
            create(pair);
            try (Walwire walwire = startAndPause(pair, copy, reading)) {
                pair.sql(pair.primary, "UPDATE item SET v = v + 1 WHERE id <= 10");
                pair.awaitSynced();
                pair.promote();
                Eventually.until(LONG, () -> pair.text(pair.standby, STATES).equals("running 2"));
                pair.sql(pair.standby, "UPDATE item SET v = v + 1 WHERE id <= 5", "DELETE FROM item WHERE id = 6");
                walwire.backfills().forEach(BackfillRun::resume);
                awaitDone(pair, walwire);
                assertThat(copy.rows).isEqualTo(pair.items(pair.standby));
            }
            assertThat(gaps.all()).isEmpty();
            assertThat(copy.readings()).hasSize(1);
            assertThat(copy.reads.all())
                    .as("an update moves a row to a later block")
                    .hasSizeLessThanOrEqualTo(ROWS + 15);
            requireNotReadAgain(pair, copy);
        }
    }

    /** The next instance finds on the new server that nothing has to be read. */
    private void requireNotReadAgain(FailoverPair pair, OnceCopy copy) throws Exception {
        int before = copy.reads.all().size();
        try (Walwire walwire = start(pair, copy)) {
            pair.sql(pair.standby, "UPDATE item SET v = v + 1 WHERE id <= 5");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(walwire.backfills()).isEmpty();
        }
        assertThat(copy.rows).isEqualTo(pair.items(pair.standby));
        assertThat(copy.reads.all()).hasSize(before);
        assertThat(copy.ends.all()).hasSize(1);
    }

    @Test
    void afterAllIsRead_withoutAGap_nothingIsReadAgain() throws Exception {
        OnceCopy copy = new OnceCopy();
        try (FailoverPair pair = new FailoverPair(18, true)) {
            readAll(pair, copy);
            try (Walwire walwire = start(pair, copy)) { // another one than has read it
                pair.awaitSynced();
                pair.promote();
                awaitDone(pair, walwire);
                assertThat(walwire.backfills()).isEmpty();
            }
            assertThat(gaps.all()).isEmpty();
            assertThat(copy.reads.all()).hasSize(ROWS);
            requireNotReadAgain(pair, copy);
        }
    }

    /** Changes were delivered that the new server does not have. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void withAGap_allIsReadAgain(boolean midRun) throws Exception {
        CountDownLatch reading = new CountDownLatch(300);
        OnceCopy copy = new OnceCopy(reading::countDown);
        try (FailoverPair pair = new FailoverPair(18, false)) {
            create(pair);
            try (Walwire walwire = midRun ? startAndPause(pair, copy, reading) : start(pair, copy)) {
                if (!midRun) {
                    copy.ends.await(1);
                }
                pair.awaitSynced();
                pair.cutOff();
                pair.sql(pair.primary, "UPDATE item SET v = 1000 WHERE id <= 5");
                Eventually.until(LONG, () -> String.valueOf(copy.rows.get("5")).startsWith("1000 "));
                pair.promote();
                gaps.await(1);
                pair.sql(pair.standby, "UPDATE item SET v = v + 1 WHERE id BETWEEN 3 AND 10");
                Eventually.until(LONG, () -> copy.readings().size() == 2 || midRun);
                walwire.backfills().forEach(BackfillRun::resume);
                awaitDone(pair, walwire);
                assertThat(copy.rows).isEqualTo(pair.items(pair.standby));
            }
            assertThat(copy.readings()).hasSize(2);
            assertThat(copy.ends.all()).hasSize(midRun ? 1 : 2);
        }
    }

    /** Rows have positions, too, and changes that come later must have higher ones. */
    @Test
    void rowsAheadOfTheStandby_areAGap() throws Exception {
        OnceCopy copy = new OnceCopy();
        try (FailoverPair pair = new FailoverPair(18, false)) {
            create(pair);
            try (Walwire walwire = pair.instance()
                    .handler("items", copy)
                    .handler("gaps", on -> on.onGap(event -> gaps.add(event.gap())))
                    .start()) {
                pair.awaitSynced();
                pair.cutOff();
                pair.primary.sql("CREATE TABLE elsewhere AS SELECT repeat('x', 1000) FROM generate_series(1, 1000)");
                ExistingItems.await(walwire.backfill("item").start());
                pair.promote();
                assertThat(gaps.await(1).get(0).reason()).contains("timeline 2, which left timeline 1 at ");
            }
        }
    }

    /** It cannot know what the instance before it has got of the old server. */
    @Test
    void anotherInstance_afterThePromotion_readsAgain() throws Exception {
        OnceCopy copy = new OnceCopy();
        try (FailoverPair pair = new FailoverPair(18, true)) {
            readAll(pair, copy);
            pair.promote();
            try (Walwire walwire = start(pair, copy)) {
                copy.ends.await(2);
                awaitDone(pair, walwire);
            }
            assertThat(copy.rows).isEqualTo(pair.items(pair.standby));
            assertThat(new HashSet<>(copy.reads.all())).hasSize(2 * ROWS);
        }
    }
}
