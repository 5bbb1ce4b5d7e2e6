package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Gap;
import io.walwire.internal.transaction.GapEvent;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** "Finished" confirms whatever was received, so it must never be said of what was dropped or has failed. */
class WorkQueueTest {
    private static final Work WORK = new Work.Single(new GapEvent("0", "db", new Gap(null, null, "test")));

    private final WorkQueue queue = new WorkQueue(1024);

    @Test
    void isFinished_whileHandled_false() throws InterruptedException {
        queue.offer(WORK, 0);
        Work taken = Objects.requireNonNull(queue.take());
        assertThat(queue.isFinished()).isFalse();
        queue.finished(taken);
        assertThat(queue.isFinished()).isTrue();
    }

    @Test
    void isFinished_workDroppedByClose_false() throws InterruptedException {
        queue.offer(WORK, 0);
        queue.close();
        assertThat(queue.isFinished()).isFalse();
        assertThat(queue.awaitFinished(0)).isTrue();
    }

    @Test
    void isFinished_workOfferedAfterClose_false() throws InterruptedException {
        queue.close();
        assertThat(queue.offer(WORK, 0)).isTrue();
        assertThat(queue.isFinished()).isFalse();
    }
}
