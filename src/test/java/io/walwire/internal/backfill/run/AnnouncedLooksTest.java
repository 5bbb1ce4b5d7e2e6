package io.walwire.internal.backfill.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Snapshot;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How often tables are looked for that the stream has announced, and when. */
class AnnouncedLooksTest {
    private static final long TABLE = 7;
    private static final Snapshot RUNNING = new Snapshot(10, 20, Set.of(10L));
    private static final Snapshot ENDED = new Snapshot(21, 21, Set.of());

    private final ReadAsNew found = new ReadAsNew();
    private long millis;
    private final AnnouncedLooks looks = new AnnouncedLooks(() -> TimeUnit.MILLISECONDS.toNanos(millis));

    /** A look of its own, a long time after the last one. */
    private void look(Snapshot running) {
        millis += 1_000;
        assertThat(looks.isDue()).isTrue();
        looks.begin();
        finish(running);
    }

    private void finish(Snapshot running) {
        looks.looked(found, looks.isAsked() ? running : null);
    }

    private void assertNoLookIsDue() {
        millis += 1_000;
        assertThat(looks.isDue()).isFalse();
    }

    @Test
    void tableThatIsFound_isLookedForOnce() {
        looks.add(TABLE);
        assertThat(looks.isDue()).as("at once").isTrue();
        looks.begin();
        found.add(List.of(TABLE));
        finish(RUNNING);
        assertThat(looks.isNone()).isTrue();
    }

    @Test
    void tableThatIsNeverFound_isLookedForUntilAllHasEnded() {
        looks.add(TABLE);
        look(RUNNING);
        assertThat(looks.wantsSnapshot()).isTrue();
        assertNoLookIsDue();
        looks.sees(new Snapshot(10, 30, Set.of(10L)));
        look(RUNNING);
        assertNoLookIsDue();
        looks.sees(new Snapshot(19, 30, Set.of(19L)));
        look(RUNNING);
        assertThat(looks.isNone()).as("it was above the newest that had ended").isFalse();
        looks.sees(new Snapshot(25, 30, Set.of(25L)));
        look(RUNNING);
        assertThat(looks.isNone()).isTrue();
        assertThat(looks.isAsked()).isFalse();
    }

    /** What has published it has ended, and something else is still running. */
    @Test
    void tableThatIsFoundBeforeAllHasEnded_isNotWaitedForAnyMore() {
        looks.add(TABLE);
        look(RUNNING);
        looks.sees(new Snapshot(10, 30, Set.of(10L)));
        found.add(List.of(TABLE));
        look(RUNNING);
        assertThat(looks.isNone()).isTrue();
    }

    /** It may be published by its own name one day. */
    @Test
    void tableThatWasNeverFound_waitsTwiceAsLongEachTimeThatItIsAnnounced() {
        for (int seconds = 2; seconds <= 8; seconds *= 2) {
            looks.add(TABLE);
            if (seconds > 2) {
                millis += 1_000L * (seconds / 2) - 1;
                assertThat(looks.isDue()).isFalse();
                millis += 1 - 1_000;
            }
            look(RUNNING);
            looks.sees(ENDED);
            look(RUNNING);
        }
        looks.add(TABLE + 1);
        assertThat(looks.pause()).as("another table does not wait").isLessThanOrEqualTo(Duration.ofSeconds(1));
    }

    /** It lists nothing that runs. */
    @Test
    void onAStandby_allBeforeTheNextHaveToEnd() {
        looks.add(TABLE);
        look(Snapshot.parse("10:20:"));
        looks.sees(Snapshot.parseOfStandby("10:21:", new Lsn(1)));
        look(RUNNING);
        assertThat(looks.isNone()).isFalse();
        looks.sees(Snapshot.parseOfStandby("20:21:", new Lsn(1)));
        look(RUNNING);
        assertThat(looks.isNone()).isTrue();
    }

    /** What has published it may have begun after the look. */
    @Test
    void tableThatIsAnnouncedDuringALook_isLookedForAgain() {
        looks.add(TABLE);
        looks.begin();
        looks.add(TABLE);
        finish(RUNNING);
        look(new Snapshot(10, 40, Set.of(10L)));
        looks.sees(new Snapshot(30, 40, Set.of(30L)));
        look(RUNNING);
        assertThat(looks.isNone()).isFalse();
        looks.sees(new Snapshot(40, 41, Set.of(40L)));
        look(RUNNING);
        assertThat(looks.isNone()).isTrue();
    }

    /** As a partition that is emptied by TRUNCATE in each transaction. */
    @Test
    void tableThatIsAnnouncedAllTheTime_costsFewerAndFewerLooks() {
        int looked = 0;
        for (int transaction = 0; transaction < 1_000; transaction++) {
            looks.add(TABLE);
            if (looks.isDue()) {
                looked++;
                looks.begin();
                finish(RUNNING);
                looks.sees(ENDED);
            }
            millis += 10;
        }
        assertThat(looked).as("at 0, 1, 2, 3, 4, 7 and 8 seconds").isEqualTo(7);
    }

    /** Of another server, where what was running before means nothing. */
    @Test
    void tableThatWaits_whenAStreamBegins_isLookedForAsAtFirst() {
        looks.add(TABLE);
        look(RUNNING);
        looks.again();
        assertThat(looks.wantsSnapshot()).isFalse();
        look(new Snapshot(5, 6, Set.of(5L)));
        looks.sees(new Snapshot(6, 6, Set.of()));
        look(RUNNING);
        assertThat(looks.isNone()).isTrue();
    }

    /** It is not tried again by itself, as after a change of the password, but by each later look. */
    @Test
    void lookThatFails_leavesItsTablesForALaterOne() {
        looks.add(TABLE);
        looks.begin();
        assertThat(looks.isNone()).isTrue();
        assertThat(looks.isAsked()).isTrue();
        looks.begin();
        finish(RUNNING);
        looks.sees(ENDED);
        looks.begin();
        looks.again();
        assertThat(looks.isNone()).as("so does the second one").isFalse();
    }

    @Test
    void oneThreadWaits() {
        assertThat(looks.begins()).isFalse();
        looks.add(TABLE);
        assertThat(looks.begins()).isTrue();
        assertThat(looks.begins()).isFalse();
        assertThat(looks.ends()).isFalse();
        look(RUNNING);
        assertThat(looks.ends()).isFalse();
        looks.sees(ENDED);
        look(RUNNING);
        assertThat(looks.ends()).isTrue();
        looks.add(TABLE);
        assertThat(looks.begins()).isTrue();
    }
}
