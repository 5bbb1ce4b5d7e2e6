package io.walwire.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** {@link Recorder} and {@link Eventually}: they end when they should, and fail when they should. */
class WaitingTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @Test
    void await_addedByAnotherThread() throws InterruptedException {
        Recorder<String> recorder = new Recorder<>();
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<Void> adding = CompletableFuture.runAsync(() -> {
            recorder.add("a");
            go.countDown();
            recorder.addAll(List.of("b", "c"));
        });
        go.await();
        assertThat(recorder.await(2, LONG)).containsExactly("a", "b", "c");
        adding.join();
        assertThat(recorder.all()).containsExactly("a", "b", "c");
    }

    @Test
    void await_tooFew() {
        Recorder<String> recorder = new Recorder<>();
        recorder.add("a");
        assertThatThrownBy(() -> recorder.await(2, Duration.ofMillis(1)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("for 2, got 1: [a]");
    }

    @Test
    void until_holdsLater() {
        AtomicInteger asked = new AtomicInteger();
        Eventually.until(LONG, () -> asked.incrementAndGet() == 3);
        assertThat(asked).hasValue(3);
    }

    @Test
    void satisfied_never() {
        assertThatThrownBy(() -> Eventually.satisfied(
                        Duration.ofMillis(1), () -> assertThat("was").isEqualTo("wanted")))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("Not within PT0.001S")
                .hasMessageContaining("wanted");
    }

    @Test
    void until_conditionBroken() {
        AtomicInteger asked = new AtomicInteger();
        assertThatThrownBy(() -> Eventually.until(LONG, () -> {
                    asked.incrementAndGet();
                    throw new IOException("broken");
                }))
                .isInstanceOf(AssertionError.class)
                .hasRootCauseMessage("broken");
        assertThat(asked).hasValue(1);
    }
}
