package io.walwire.internal.backfill.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When rows are read again, because the stream does not come to their place. */
class StuckHorizonTest {
    private static final Lsn END = new Lsn(100);
    private static final Lsn BEHIND = new Lsn(101);

    private long millis;
    private int nudges;
    private @Nullable Lsn end = END;
    private final StuckHorizon stuck = new StuckHorizon(this::nudge, () -> TimeUnit.MILLISECONDS.toNanos(millis));

    private @Nullable Lsn nudge() {
        nudges++;
        return end;
    }

    /** What comes of a look, when the horizon was seen for the first time some milliseconds ago. */
    private @Nullable Lsn after(long wait, Lsn horizon, Lsn passed) throws SQLException {
        assertThat(stuck.look(horizon, passed)).as("at once").isNull();
        assertThat(nudges).isZero();
        millis += wait;
        return stuck.look(horizon, passed);
    }

    @Test
    void quietStandby_whoseEndIsBeforeTheHorizon() throws Exception {
        assertThat(after(501, BEHIND, END)).isEqualTo(END);
        assertThat(nudges).isEqualTo(1);
    }

    @Test
    void notForAMoment() throws Exception {
        assertThat(after(500, BEHIND, END)).isNull();
        assertThat(nudges).isZero();
    }

    @Test
    void streamThatHasYetToComeToTheEnd() throws Exception {
        assertThat(after(501, BEHIND, new Lsn(99))).isNull();
        assertThat(nudges).isEqualTo(1);
    }

    @Test
    void endBehindTheHorizon_isPassedByTheStreamItself() throws Exception {
        assertThat(after(501, END, END)).isNull();
    }

    /** A primary, or a standby that replays, or receives nothing. */
    @Test
    void serverThatDoesNotStandStill() throws Exception {
        end = null;
        assertThat(after(501, BEHIND, END)).isNull();
        assertThat(nudges).isEqualTo(1);
    }

    @Test
    void rowsThatWaitForAnotherPosition_haveNotWaitedForLong() throws Exception {
        assertThat(after(400, BEHIND, END)).isNull();
        millis += 400;
        assertThat(stuck.look(new Lsn(102), END)).isNull();
        assertThat(stuck.look(null, END)).isNull();
        millis += 400;
        assertThat(stuck.look(new Lsn(102), END)).isNull();
        millis += 501;
        assertThat(stuck.look(new Lsn(102), END)).isEqualTo(END);
    }
}
