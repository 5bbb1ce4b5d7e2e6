package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.listener.Listeners;
import io.walwire.lifecycle.State;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class LifecycleTest {
    private static final Set<State> FINAL_ALONE = EnumSet.noneOf(State.class);
    private static final Duration LONG = Duration.ofMinutes(3);

    private final Lifecycle lifecycle = new Lifecycle("test", Listeners.none());

    @RepeatedTest(200)
    void awaitAny_ended_completionIsDoneToo() throws Exception {
        CompletableFuture<Boolean> done = CompletableFuture.supplyAsync(() -> {
            try {
                return lifecycle.awaitAny(FINAL_ALONE, LONG)
                        && lifecycle.completion().isDone();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        lifecycle.end(failure -> {});
        assertThat(done.get(180, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void awaitStreaming_streamEndsAgain_isTrueAllTheSame() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Void> flapping = CompletableFuture.runAsync(() -> {
            while (!done.get()) {
                lifecycle.enter(State.STREAMING);
                lifecycle.enter(State.RECONNECTING);
            }
        });
        try {
            for (int i = 0; i < 2_000; i++) {
                assertThat(lifecycle.awaitStreaming(LONG)).isTrue();
            }
        } finally {
            done.set(true);
            flapping.get(180, TimeUnit.SECONDS);
        }
    }

    @Test
    void end_whoseCompletionWaitsForTheEnd_doesNotHang() throws Exception {
        CompletableFuture<Boolean> ended = lifecycle.completion().thenApply(nothing -> {
            try {
                return lifecycle.awaitAny(FINAL_ALONE, LONG);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        lifecycle.end(failure -> {});
        assertThat(ended.get(180, TimeUnit.SECONDS)).isTrue();
        assertThat(lifecycle.state()).isEqualTo(State.STOPPED);
    }
}
