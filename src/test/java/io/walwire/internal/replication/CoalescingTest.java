package io.walwire.internal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.config.WalwireConfig.Coalesce;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CoalescingTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private long now;

    private Coalescing coalescing(Coalesce rule) {
        return new Coalescing(() -> now, rule, Coalescing.Room.OF_TCP);
    }

    /** The pause after each of so many milliseconds, in each of which so many messages of a length come, so late. */
    private long lastPause(Coalescing coalescing, int millis, int messagesPerMilli, int length, long lateNanos) {
        long pause = 0;
        for (int i = 0; i < millis; i++) {
            now += MILLI;
            for (int m = 0; m < messagesPerMilli; m++) {
                coalescing.read(length);
            }
            pause = coalescing.pause(lateNanos);
        }
        return pause;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 30, 300, 3_000})
    void auto_caughtUp_neverPauses_howeverMuchComes(int messagesPerMilli) {
        Coalescing coalescing = coalescing(Coalesce.AUTO);
        for (int i = 0; i < 100; i++) {
            assertThat(lastPause(coalescing, 1, messagesPerMilli, 100, Coalescing.LATE_NANOS - 1))
                    .isZero();
        }
    }

    @Test
    void auto_behind_pausesForAPartOfTheLateness() {
        Coalescing coalescing = coalescing(Coalesce.AUTO);
        assertThat(lastPause(coalescing, 20, 100, 100, 8 * MILLI)).isEqualTo(2 * MILLI);
        assertThat(lastPause(coalescing, 20, 100, 100, 20 * MILLI)).isEqualTo(5 * MILLI);
    }

    @Test
    void auto_farBehind_pausesNoLongerThanTenMilliseconds() {
        assertThat(lastPause(coalescing(Coalesce.AUTO), 20, 100, 100, TimeUnit.HOURS.toNanos(1)))
                .isEqualTo(10 * MILLI);
    }

    @Test
    void auto_caughtUpAgain_pausesNoMoreAtOnce() {
        Coalescing coalescing = coalescing(Coalesce.AUTO);
        assertThat(lastPause(coalescing, 20, 100, 100, 20 * MILLI)).isPositive();
        assertThat(lastPause(coalescing, 1, 100, 100, MILLI)).isZero();
    }

    @Test
    void auto_fewMessages_neverPauses_howeverLate() {
        assertThat(lastPause(coalescing(Coalesce.AUTO), 100, 49, 100, TimeUnit.HOURS.toNanos(1)))
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({"1000, 10", "10000, 1", "100000, 0"})
    void auto_wideMessages_pausesNoLongerThanTheBuffersLast(int length, int atMostMillis) {
        long pause = lastPause(coalescing(Coalesce.AUTO), 20, 100, length, TimeUnit.SECONDS.toNanos(1));
        assertThat(pause).isPositive().isLessThanOrEqualTo((atMostMillis + 1) * MILLI);
        assertThat(pause / (double) MILLI * 100 * length).isLessThanOrEqualTo(1 << 20);
    }

    /** Linux counts each message of such a socket as much larger than it is. */
    @ParameterizedTest
    @ValueSource(ints = {20, 200, 2_000, 20_000})
    void auto_unixSocket_pausesNoLongerThanItsSmallBufferLasts(int length) {
        Coalescing coalescing = new Coalescing(() -> now, Coalesce.AUTO, Coalescing.Room.OF_UNIX_SOCKET);
        long pause = lastPause(coalescing, 20, 100, length, TimeUnit.SECONDS.toNanos(1));
        assertThat(pause).isPositive();
        assertThat(pause / (double) MILLI * 100 * (length + 640)).isLessThanOrEqualTo(64 << 10);
    }

    @Test
    void auto_nothingReadSinceTheLastPause_doesNotPauseAgain() {
        Coalescing coalescing = coalescing(Coalesce.AUTO);
        assertThat(lastPause(coalescing, 20, 100, 100, 20 * MILLI)).isPositive();
        assertThat(coalescing.pause(20 * MILLI)).isZero();
    }

    @Test
    void auto_firstMessagesAfterAnIdleTime_areFew() {
        Coalescing coalescing = coalescing(Coalesce.AUTO);
        now += TimeUnit.SECONDS.toNanos(10);
        assertThat(lastPause(coalescing, 1, 100, 100, 20 * MILLI)).isZero();
    }

    @Test
    void off_neverPauses() {
        assertThat(lastPause(coalescing(Coalesce.OFF), 20, 1000, 100, TimeUnit.HOURS.toNanos(1)))
                .isZero();
    }

    @Test
    void fixed_pausesForItsLength_andOnlyWhileBehind() {
        Coalescing coalescing = coalescing(new Coalesce(false, Duration.ofMillis(50)));
        assertThat(lastPause(coalescing, 20, 1000, 100, MILLI)).isZero();
        assertThat(lastPause(coalescing, 20, 1000, 10_000, 5 * MILLI)).isEqualTo(50 * MILLI);
        assertThat(lastPause(coalescing, 20, 3, 100, 5 * MILLI)).isZero();
    }
}
