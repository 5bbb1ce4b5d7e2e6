package io.walwire.internal.lanes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps of keys, one after another for each, and side by side. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LanesTest {
    private final AtomicBoolean ending = new AtomicBoolean();
    private final Lanes lanes = new Lanes(new ThreadGroup("test"), 4, 8, ending::get);

    private void submit(Collection<?> keys, BooleanSupplier task) throws InterruptedException {
        lanes.submit(keys, step -> step.end(task.getAsBoolean()));
    }

    @AfterEach
    void end() {
        lanes.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void submit_randomKeys_inOrderForEach(long seed) throws InterruptedException {
        Random random = new Random(seed);
        List<List<Integer>> expected = new ArrayList<>();
        List<List<Integer>> done = new ArrayList<>();
        for (int key = 0; key < 5; key++) {
            expected.add(new ArrayList<>());
            // unsynchronized on purpose: only the order of its key keeps it whole
            done.add(new ArrayList<>());
        }
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        for (int i = 0; i < 2_000; i++) {
            int step = i;
            Set<Integer> keys = new HashSet<>();
            for (int n = random.nextInt(10) == 0 ? 3 : 1; n > 0; n--) {
                keys.add(random.nextInt(5));
            }
            keys.forEach(key -> expected.get(key).add(step));
            submit(keys, () -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                LockSupport.parkNanos(50_000);
                keys.forEach(key -> done.get(key).add(step));
                running.decrementAndGet();
                return true;
            });
        }
        assertThat(lanes.awaitQuiet()).isTrue();
        assertThat(done).isEqualTo(expected);
        assertThat(most.get()).isBetween(2, 4);
    }

    @Test
    void task_thatSaysSo_endsAll_whatWaitsIsDropped() throws InterruptedException {
        CountDownLatch go = new CountDownLatch(1);
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        submit(List.of("a"), () -> {
            done.add("first");
            return awaited(go) && done.isEmpty();
        });
        submit(List.of("a"), () -> done.add("second"));
        go.countDown();
        assertThat(lanes.awaitQuiet()).isFalse();
        submit(List.of("b"), () -> done.add("third"));
        assertThat(lanes.awaitQuiet()).isFalse();
        assertThat(done).containsExactly("first");
    }

    @Test
    void ending_finishesWhatRuns_dropsALongQueueOfOneKey() throws InterruptedException {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < 8; i++) {
            submit(List.of("a"), () -> awaited(go) && done.incrementAndGet() > 0);
        }
        ending.set(true);
        go.countDown();
        assertThat(lanes.awaitQuiet()).isFalse();
        assertThat(done).hasValueLessThanOrEqualTo(1);
    }

    @Test
    void close_interruptsWhatRuns_dropsWhatWaits() throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        submit(List.of("a"), () -> {
            begun.countDown();
            return awaited(never);
        });
        submit(List.of("a", "b"), () -> true);
        begun.await();
        assertThat(lanes.isLane()).isFalse();
        lanes.close();
        assertThat(lanes.awaitQuiet()).isFalse();
    }

    @Test
    void step_endsLaterThanItsTask_holdsItsKeys_butNoThread() throws InterruptedException {
        List<Lanes.Running> begun = Collections.synchronizedList(new ArrayList<>());
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch all = new CountDownLatch(7);
        for (int i = 0; i < 6; i++) {
            lanes.submit(List.of(i), step -> {
                begun.add(step);
                all.countDown();
            });
        }
        submit(List.of(0), () -> done.add("second"));
        submit(List.of("other"), () -> {
            all.countDown();
            return true;
        });
        assertThat(all.await(180, TimeUnit.SECONDS))
                .as("more steps are pending than there are threads")
                .isTrue();
        assertThat(done).isEmpty();
        for (Lanes.Running step : begun) {
            step.end(true);
            step.end(true);
        }
        assertThat(lanes.awaitQuiet()).isTrue();
        assertThat(done).containsExactly("second");
    }

    @Test
    void noThreadToBeHad_eachStepLearnsIt_andNothingIsWaitedFor() throws InterruptedException {
        // as the OutOfMemoryError that the JVM throws, for which JUnit would give up the whole run
        Error none = new InternalError("unable to create native thread");
        List<Throwable> thrown = new ArrayList<>();
        try (Lanes starved = new Lanes(
                task -> {
                    throw none;
                },
                4,
                8,
                ending::get)) {
            starved.submit(List.of("a"), new Refused(thrown, true));
            assertThat(starved.awaitQuiet()).isTrue();
            starved.submit(List.of("a"), new Refused(thrown, false));
            assertThat(starved.awaitQuiet()).isFalse();
            assertThat(thrown).containsExactly(none, none);
        }
    }

    private record Refused(List<Throwable> why, boolean goesOn) implements Lanes.Task {
        @Override
        public void run(Lanes.Running step) {
            throw new AssertionError("There was a thread");
        }

        @Override
        public boolean cannotRun(Throwable thrown) {
            why.add(thrown);
            return goesOn;
        }
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(180, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }
}
