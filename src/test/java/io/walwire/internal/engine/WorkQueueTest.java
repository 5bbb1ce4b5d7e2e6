package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.event.MessageEvent;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.transaction.LostContinuity;
import io.walwire.internal.transaction.SchemaHistory;
import io.walwire.internal.transaction.StreamFacts;
import io.walwire.internal.transaction.TransactionAssembler;
import io.walwire.internal.transaction.TransactionPart;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** "Finished" confirms whatever was received, so it must never be said of what was dropped or has failed. */
class WorkQueueTest {
    private static final long BOUND = 2048;
    private static final Work WORK = new Work.Single(new LostContinuity("0", "db", new Gap(null, null, "test")));

    private static final TransactionAssembler ASSEMBLER = new TransactionAssembler(
            new StreamFacts("db", "0", false, new SchemaHistory()), new LiveSubscriptions(List.of()), Long.MAX_VALUE);

    private final WorkQueue queue = new WorkQueue(BOUND);

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

    @Test
    void take_lastOfABurst_withoutAnnouncement() throws Exception {
        for (int burst = 0; burst < 50; burst++) {
            CompletableFuture<Integer> taker = taking(3);
            for (int i = 0; i < 3; i++) {
                assertThat(queue.offer(WORK, 0)).isTrue();
            }
            assertThat(taker).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(3);
            assertThat(queue.isFinished()).isTrue();
        }
    }

    @Test
    void take_manyBursts_nothingIsLostAndTheBoundHolds() throws Exception {
        int pieces = 20_000;
        CompletableFuture<Integer> taker = taking(pieces);
        Random random = new Random(3);
        long sent = 0;
        for (int i = 0; i < pieces; i++) {
            Work work = new Work.Single(message(sent++, random.nextInt(700)));
            assertThat(queue.offer(work, 30_000)).isTrue();
            assertThat(queue.heldBytes()).isLessThanOrEqualTo(BOUND);
            if (random.nextInt(20) == 0) {
                queue.announce();
            }
            if (random.nextInt(2_000) == 0) {
                assertThat(queue.awaitFinished(30_000)).isTrue();
            }
        }
        assertThat(queue.awaitFinished(30_000)).isTrue();
        assertThat(taker).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(pieces);
        assertThat(queue.isFinished()).isTrue();
        assertThat(queue.heldBytes()).isZero();
    }

    @Test
    void offer_manyEmptyTransactions_fillTheBound() throws InterruptedException {
        assertFills(() -> new Work.Part(emptyTransaction()));
    }

    @Test
    void offer_manyMessagesWithoutContent_fillTheBound() throws InterruptedException {
        assertFills(() -> new Work.Single(message(1, 0)));
    }

    @Test
    void bytes_ofAMessage_countItsPrefix() {
        Event event = ASSEMBLER.untransactional(
                new PgOutputMessage.Message(false, new Lsn(1), "x".repeat(100_000), new byte[0]));
        assertThat(new Work.Single(event).bytes()).isGreaterThan(100_000);
    }

    private void assertFills(Supplier<Work> works) throws InterruptedException {
        int held = 0;
        while (held < 100 && queue.offer(works.get(), 0)) {
            held++;
        }
        assertThat(held).isBetween(2, 10);
        assertThat(queue.heldBytes()).isBetween(BOUND / 2, BOUND);
    }

    private static TransactionPart emptyTransaction() {
        Lsn commit = new Lsn(8);
        assertThat(ASSEMBLER.accept(new PgOutputMessage.Begin(commit, Instant.EPOCH, 1)))
                .isNull();
        return Objects.requireNonNull(ASSEMBLER.accept(new PgOutputMessage.Commit(commit, new Lsn(16), Instant.EPOCH)));
    }

    /** Takes and finishes so many pieces, and checks that messages come in the order of their positions. */
    private CompletableFuture<Integer> taking(int count) {
        return CompletableFuture.supplyAsync(() -> {
            long expected = 0;
            int taken = 0;
            try {
                while (taken < count) {
                    Work work = Objects.requireNonNull(queue.take());
                    if (work instanceof Work.Single single && single.event() instanceof MessageEvent message) {
                        assertThat(message.message().lsn()).isEqualTo(new Lsn(expected++));
                    }
                    queue.finished(work);
                    taken++;
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return taken;
        });
    }

    private static Event message(long lsn, int bytes) {
        return ASSEMBLER.untransactional(new PgOutputMessage.Message(false, new Lsn(lsn), "test", new byte[bytes]));
    }
}
