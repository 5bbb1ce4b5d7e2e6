package io.walwire.internal.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.text.TableName;
import io.walwire.watch.Subscription;
import io.walwire.watch.WatchIterator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Subscribers that come and go while changes are delivered. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SubscribingTest {
    private static final int CHANGES = 20_000;

    private final Feed feed = new Feed();

    @AfterEach
    void close() {
        feed.close();
    }

    @Test
    void others_comingAndGoing_neverCostAnEvent() throws Exception {
        AtomicBoolean going = new AtomicBoolean(true);
        List<CompletableFuture<Integer>> others = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            others.add(CompletableFuture.supplyAsync(() -> comeAndGo(going)));
        }
        try (WatchIterator ofKey = feed.items().key(1).dropOldest(CHANGES).iterator();
                WatchIterator ofTable = feed.items().dropOldest(CHANGES).iterator()) {
            for (int i = 0; i < CHANGES; i++) {
                feed.update(1, "x");
            }
            going.set(false);
            for (CompletableFuture<Integer> other : others) {
                assertThat(other.get(180, TimeUnit.SECONDS)).isPositive();
            }
            assertThat(count(ofKey)).isEqualTo(CHANGES);
            assertThat(count(ofTable)).isEqualTo(CHANGES);
            assertThat(feed.watches().status().subscriptions()).isEqualTo(2);
            assertThat(feed.watches().status().failed()).isZero();
        }
    }

    private int comeAndGo(AtomicBoolean going) {
        int rounds = 0;
        do {
            try (Subscription ofKey = feed.items().key(1).subscribe(event -> {});
                    Subscription ofOther = feed.items().where("name", "x").subscribe(event -> {});
                    Subscription ofTable = feed.items().subscribe(event -> {})) {
                assertThat(List.of(ofKey, ofOther, ofTable)).allMatch(Subscription::isActive);
            }
            rounds++;
        } while (going.get());
        return rounds;
    }

    private static int count(WatchIterator iterator) throws InterruptedException {
        int count = 0;
        while (iterator.poll(Duration.ZERO) != null) {
            count++;
        }
        return count;
    }

    @Test
    void subscribedInTheMiddle_hearsWhatComesAfter() throws Exception {
        AtomicInteger delivered = new AtomicInteger();
        List<Subscription> nested = new ArrayList<>();
        feed.items().key(1).subscribe(Runnable::run, event -> {
            if (nested.isEmpty()) {
                nested.add(feed.items().key(1).subscribe(Runnable::run, again -> delivered.incrementAndGet()));
            }
        });
        feed.update(1, "a");
        int during = delivered.get();
        feed.update(1, "b");
        assertThat(delivered.get()).isEqualTo(during + 1);
        nested.get(0).close();
        feed.update(1, "c");
        assertThat(delivered.get()).isEqualTo(during + 1);
    }

    @Test
    void tables_everyTimeAnotherOne_areNotRememberedForEver() {
        feed.insert(1);
        long before = usedBytes();
        for (int i = 0; i < 50_000; i++) {
            TableName table = new TableName("public", "a table that is gone soon, number " + i);
            feed.watches().watch(table).subscribe(Runnable::run, event -> {}).close();
        }
        assertThat(usedBytes() - before).isLessThan(8 << 20);
        AtomicInteger delivered = new AtomicInteger();
        try (Subscription subscription = feed.items().subscribe(Runnable::run, event -> delivered.incrementAndGet())) {
            feed.insert(2);
            assertThat(subscription.isActive()).isTrue();
        }
        assertThat(delivered).hasValue(1);
    }

    private static long usedBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Test
    void table_knownAndWithoutSubscribersForAWhile_isDeliveredAgain() {
        AtomicInteger delivered = new AtomicInteger();
        for (int i = 1; i <= 3; i++) {
            try (Subscription subscription =
                    feed.items().subscribe(Runnable::run, event -> delivered.incrementAndGet())) {
                feed.insert(i);
                assertThat(subscription.isActive()).isTrue();
            }
            assertThat(delivered).hasValue(i);
        }
    }
}
