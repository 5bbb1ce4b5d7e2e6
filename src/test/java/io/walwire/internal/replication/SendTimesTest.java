package io.walwire.internal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SendTimesTest {
    private static final long COMMITTED = 800_000_000_000_000L;

    private final SendTimes times = new SendTimes();

    /** As pgJDBC hands it over: behind the header of an XLogData message, whose last part is when it was sent. */
    private static ByteBuffer payload(long sent, ByteBuffer body) {
        ByteBuffer message = ByteBuffer.allocate(25 + body.remaining());
        message.put((byte) 'w').putLong(0x10).putLong(0x20).putLong(sent);
        return message.put(body).flip().position(25).slice();
    }

    private static ByteBuffer begin(long sent, long committed) {
        return payload(
                sent,
                ByteBuffer.allocate(21)
                        .put((byte) 'B')
                        .putLong(0x30)
                        .putLong(committed)
                        .putInt(740)
                        .flip());
    }

    private static ByteBuffer insert(long sent) {
        return payload(sent, ByteBuffer.allocate(40).put((byte) 'I').position(0));
    }

    /** A stream that has been sent without a pause for long enough that only the commits' times count. */
    private void sentWithoutPause(long from, long until) {
        for (long sent = from; sent <= until; sent += 500) {
            times.read(insert(sent));
        }
    }

    @Test
    void lateNanos_ofTheNewestMessage_sinceTheCommitOfItsTransaction() {
        sentWithoutPause(COMMITTED - 100_000, COMMITTED);
        times.read(begin(COMMITTED + 300, COMMITTED));
        assertThat(times.lateNanos()).isEqualTo(TimeUnit.MICROSECONDS.toNanos(300));
        sentWithoutPause(COMMITTED + 400, COMMITTED + 6_900);
        times.read(insert(COMMITTED + 7_000));
        assertThat(times.lateNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(7));
        times.read(begin(COMMITTED + 7_100, COMMITTED + 7_000));
        assertThat(times.lateNanos()).isEqualTo(TimeUnit.MICROSECONDS.toNanos(100));
    }

    @Test
    void lateNanos_afterAPauseAsLongAsTheDelay_isNone() {
        sentWithoutPause(COMMITTED - 100_000, COMMITTED);
        times.read(begin(COMMITTED + 200_000, COMMITTED));
        assertThat(times.lateNanos()).isZero();
        times.read(insert(COMMITTED + 200_900));
        assertThat(times.lateNanos()).isEqualTo(TimeUnit.MICROSECONDS.toNanos(900));
    }

    @Test
    void lateNanos_afterAPauseThatDoesNotExplainTheDelay_staysAsItIs() {
        long far = COMMITTED + 10_000_000;
        times.read(begin(far, COMMITTED));
        sentWithoutPause(far, far + 100_000);
        times.read(insert(far + 110_000));
        assertThat(times.lateNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(110));
    }

    @Test
    void lateNanos_beforeAnyTransaction_isNotKnown() {
        assertThat(times.lateNanos()).isZero();
        times.read(insert(COMMITTED));
        assertThat(times.lateNanos()).isZero();
    }

    @Test
    void lateNanos_nothingReadSince_isNotKnown() {
        sentWithoutPause(COMMITTED - 100_000, COMMITTED);
        times.read(begin(COMMITTED + 300, COMMITTED));
        assertThat(times.lateNanos()).isPositive();
        assertThat(times.lateNanos()).isZero();
    }

    @Test
    void lateNanos_clockThatWasSetBack_isNone() {
        times.read(begin(COMMITTED - 1, COMMITTED));
        assertThat(times.lateNanos()).isZero();
    }

    @Test
    void lateNanos_payloadWithoutAHeader_isNotKnown() {
        times.read(ByteBuffer.allocate(40));
        assertThat(times.lateNanos()).isZero();
    }
}
