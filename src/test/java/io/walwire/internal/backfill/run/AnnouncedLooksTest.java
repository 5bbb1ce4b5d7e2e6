package io.walwire.internal.backfill.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When tables are looked for that the stream has announced. Waits are shortened at random, to no less than their half. */
class AnnouncedLooksTest {
    private static final long TABLE = 7;
    private static final long OTHER = 8;

    private final ReadAsNew found = new ReadAsNew();
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(2); // the clock may overflow at any time
    private final AnnouncedLooks looks = new AnnouncedLooks(() -> now);

    private void pass(long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private void assertLookIsDue() {
        assertThat(looks.isDue(found)).isTrue();
    }

    private void assertNoLookIsDue() {
        assertThat(looks.isDue(found)).isFalse();
    }

    /** Checks that the next look comes after this time, or after up to half of it, and lets it come. */
    private void assertNextLookWithin(long seconds) {
        pass(seconds * 500 - 1);
        assertNoLookIsDue();
        pass(seconds * 500 + 1);
        assertLookIsDue();
    }

    @Test
    void tableThatIsAnnounced_isLookedForAtOnce() {
        looks.add(TABLE);
        assertLookIsDue();
        assertNoLookIsDue();
    }

    @Test
    void tableThatIsNotFound_isLookedForAtGrowingIntervals_upToAMinute() {
        looks.add(TABLE);
        assertLookIsDue();
        for (long seconds : List.of(1, 2, 4, 8, 16, 32, 60, 60, 60)) {
            assertNextLookWithin(seconds);
        }
    }

    @Test
    void tableThatIsAnnouncedLater_isLookedForASecondAfterTheLastLook() {
        looks.add(TABLE);
        assertLookIsDue();
        looks.add(OTHER);
        pass(999);
        assertNoLookIsDue();
        pass(1);
        assertLookIsDue();
    }

    @Test
    void tableThatIsAnnouncedLater_hasTheIntervalsGrowFromTheirFirst() {
        looks.add(TABLE);
        assertLookIsDue();
        for (long seconds : List.of(1, 2, 4, 8)) {
            assertNextLookWithin(seconds);
        }
        pass(2_000);
        assertNoLookIsDue();
        looks.add(OTHER);
        assertLookIsDue();
        assertNextLookWithin(1);
        assertNextLookWithin(2);
    }

    /** As a partition after each TRUNCATE. */
    @Test
    void tableThatIsAnnouncedAgainAndAgain_costsFewerAndFewerLooks() {
        int looked = 0;
        for (int second = 0; second < 3_600; second++) {
            looks.add(TABLE);
            looked += looks.isDue(found) ? 1 : 0;
            pass(1_000);
        }
        assertThat(looked).as("looks in an hour").isBetween(60, 130);
    }

    @Test
    void tableThatIsFound_isNotLookedForAnyMore() {
        looks.add(TABLE);
        looks.add(OTHER);
        assertLookIsDue();
        found.add(List.of(OTHER));
        assertNextLookWithin(1);
        found.add(List.of(TABLE));
        pass(60_000);
        assertNoLookIsDue();
        pass(60_000);
        assertNoLookIsDue();
    }

    /** It may be a partition, or was dropped. */
    @Test
    void tableThatIsNotFoundForADay_isForgotten_untilItIsAnnouncedAgain() {
        looks.add(TABLE);
        assertLookIsDue();
        pass(TimeUnit.DAYS.toMillis(1));
        assertLookIsDue();
        pass(60_000);
        assertNoLookIsDue();
        looks.add(TABLE);
        pass(1_000);
        assertLookIsDue();
    }

    @Test
    void nothingAnnounced_isNeverLookedFor() {
        assertNoLookIsDue();
        pass(3_600_000);
        assertNoLookIsDue();
    }
}
