package io.walwire.internal.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.watch.Subscription;
import io.walwire.watch.Watch;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchIterator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What an event, a subscription and its end cost does not grow with the number of others. Each of these takes a second, and
 * minutes where the cost does grow, so that a slow machine gives no wrong result.
 */
@Timeout(value = 40, unit = TimeUnit.SECONDS)
class ManySubscriptionsTest {
    private static final int MANY = 100_000;

    private final Feed feed = new Feed();

    @AfterEach
    void close() {
        feed.close();
    }

    @Test
    void conflate_thatNobodyTakesFrom_costsTheSameForEachEvent() throws Exception {
        try (WatchIterator iterator = feed.items().conflate(20_000).iterator()) {
            for (int id = 0; id < 2 * MANY; id++) {
                feed.insert(id);
            }
            for (int id = 0; id < MANY; id++) {
                feed.changeKey(id, id + 1);
            }
            assertThat(iterator.subscription().missed()).isGreaterThan(2 * MANY);
            assertThat(iterator.next().missed()).isPositive();
        }
    }

    private void comeAndGo(Watch watch) {
        List<Subscription> all = new ArrayList<>(MANY);
        for (int i = 0; i < MANY; i++) {
            all.add(watch.subscribe(Runnable::run, event -> {}));
        }
        Collections.shuffle(all, new Random(1));
        all.forEach(Subscription::close);
        assertThat(feed.watches().status().subscriptions()).isZero();
    }

    @Test
    void subscriptions_withTheSameValue_comeAndGoInTheSameTimeEach() {
        comeAndGo(feed.items().where("name", "x"));
    }

    @Test
    void subscriptions_withoutAValue_comeAndGoInTheSameTimeEach() {
        comeAndGo(feed.items());
    }

    @Test
    void end_ofTheInstance_endsManyAtOnce() {
        List<WatchEvent> delivered = new ArrayList<>();
        List<Subscription> all = new ArrayList<>(MANY);
        for (int i = 0; i < MANY; i++) {
            all.add(feed.items().subscribe(Runnable::run, delivered::add));
        }
        feed.insert(1);
        feed.close();
        assertThat(delivered).hasSize(MANY);
        assertThat(all).noneMatch(Subscription::isActive);
    }

    @Test
    void some_goingAndComing_othersHearEverythingOnce() {
        List<AtomicInteger> counts = new ArrayList<>();
        List<Subscription> all = new ArrayList<>();
        Random random = new Random(2);
        for (int round = 1; round <= 200; round++) {
            for (int i = 0; i < 20; i++) {
                AtomicInteger count = new AtomicInteger();
                counts.add(count);
                all.add(feed.items().where("name", "new").subscribe(Runnable::run, event -> count.incrementAndGet()));
            }
            for (int i = 0; i < all.size(); i++) {
                if (random.nextInt(10) == 0) {
                    all.get(i).close();
                }
            }
            List<Integer> expected = new ArrayList<>();
            for (int i = 0; i < all.size(); i++) {
                expected.add(counts.get(i).get() + (all.get(i).isActive() ? 1 : 0));
            }
            feed.insert(round);
            assertThat(counts).extracting(AtomicInteger::get).isEqualTo(expected);
        }
    }

    @Test
    void subscriber_thatSubscribesAtEachEvent_endsTheDelivery() {
        AtomicInteger delivered = new AtomicInteger();
        class Again {
            void subscribe() {
                feed.items().subscribe(Runnable::run, event -> {
                    delivered.incrementAndGet();
                    subscribe();
                });
            }
        }
        new Again().subscribe();
        feed.insert(1);
        feed.insert(2);
        assertThat(delivered.get()).isBetween(2, 6);
    }
}
