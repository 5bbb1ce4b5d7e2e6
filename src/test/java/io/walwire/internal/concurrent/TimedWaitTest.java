package io.walwire.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 10, unit = TimeUnit.MINUTES)
class TimedWaitTest {
    private final Object monitor = new Object();

    private boolean until(AtomicBoolean condition, long atMostNanos) throws InterruptedException {
        synchronized (monitor) {
            return TimedWait.until(monitor, condition::get, atMostNanos);
        }
    }

    @Test
    void conditionHolds_returnsWithoutTime() throws InterruptedException {
        assertThat(until(new AtomicBoolean(true), 0)).isTrue();
    }

    @Test
    void timePasses_returnsFalse() throws InterruptedException {
        assertThat(until(new AtomicBoolean(), 0)).isFalse();
        assertThat(until(new AtomicBoolean(), 1_000)).isFalse();
    }

    @Test
    void conditionChanges_wakesUpAWaitWithoutBound() throws Exception {
        AtomicBoolean condition = new AtomicBoolean();
        CountDownLatch waiting = new CountDownLatch(1);
        Thread changer = new Thread(() -> {
            try {
                waiting.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            synchronized (monitor) {
                condition.set(true);
                monitor.notifyAll();
            }
        });
        changer.start();
        synchronized (monitor) {
            waiting.countDown(); // the other thread gets the monitor when this one waits
            assertThat(TimedWait.until(monitor, condition::get, Long.MAX_VALUE)).isTrue();
        }
        changer.join();
    }
}
