package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.concurrent.ThrowingRunnable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Where one thread waits until the test lets it go on, and the test knows that it has come. */
final class Gate {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch opened = new CountDownLatch(1);

    /** Called by the thread that is to be held. */
    void pass() throws InterruptedException {
        reached.countDown();
        if (!opened.await(600, TimeUnit.SECONDS)) {
            throw new IllegalStateException("The test did not open the gate");
        }
    }

    /** As {@link #pass} where no exception may be thrown. */
    void passUninterrupted() {
        try {
            pass();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Code that passes it when it runs for that time, and otherwise does nothing. */
    ThrowingRunnable<InterruptedException> at(int time) {
        AtomicInteger times = new AtomicInteger();
        return () -> {
            if (times.incrementAndGet() == time) {
                pass();
            }
        };
    }

    void awaitReached() throws InterruptedException {
        assertThat(reached.await(180, TimeUnit.SECONDS))
                .as("the gate was reached")
                .isTrue();
    }

    void open() {
        opened.countDown();
    }
}
