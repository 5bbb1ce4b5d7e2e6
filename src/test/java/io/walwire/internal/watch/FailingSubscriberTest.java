package io.walwire.internal.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.watch.Subscription;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever user code of a watch throws, and wherever, ends that subscription alone. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class FailingSubscriberTest {
    private final Feed feed = new Feed();
    private final List<WatchEvent> others = new ArrayList<>();

    @AfterEach
    void close() {
        feed.close();
    }

    static Stream<Throwable> thrown() {
        return Stream.of(
                new IllegalStateException("no"), new StackOverflowError("deep"), new NoClassDefFoundError("gone"));
    }

    private static void sneak(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) thrown;
    }

    private void requireOthersHear() {
        int before = others.size();
        feed.items().subscribe(Runnable::run, others::add);
        feed.insert(1);
        feed.update(1, "x");
        assertThat(others).hasSize(before + 2);
    }

    private void requireFailed(Subscription subscription, Throwable thrown) {
        assertThat(subscription.isActive()).isFalse();
        assertThatThrownBy(() -> subscription.completion().toCompletableFuture().get(180, TimeUnit.SECONDS))
                .cause()
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.WATCH))
                .hasCause(thrown);
        assertThat(feed.watches().status().failed()).isEqualTo(1);
        assertThat(feed.watches().status().subscriptions()).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("thrown")
    void predicate_thatThrows_endsItsSubscriptionAlone(Throwable thrown) {
        Subscription failing = feed.items()
                .where(row -> {
                    sneak(thrown);
                    return true;
                })
                .subscribe(Runnable::run, event -> {});
        requireOthersHear();
        requireFailed(failing, thrown);
    }

    @ParameterizedTest
    @MethodSource("thrown")
    void executor_thatThrows_endsItsSubscriptionAlone(Throwable thrown) {
        int[] calls = {0};
        Executor broken = task -> {
            calls[0]++;
            if (calls[0] == 2) {
                sneak(thrown);
            }
            task.run();
        };
        Subscription failing = feed.items().subscribe(broken, event -> {});
        requireOthersHear();
        requireFailed(failing, thrown);
    }

    /** A subscriber who throws where it says. */
    private static final class Broken implements Flow.Subscriber<WatchEvent> {
        private final Throwable thrown;
        private final String where;

        Broken(String where, Throwable thrown) {
            this.where = where;
            this.thrown = thrown;
        }

        private void at(String here) {
            if (where.equals(here)) {
                sneak(thrown);
            }
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(10);
            at("onSubscribe");
        }

        @Override
        public void onNext(WatchEvent item) {
            at("onNext");
        }

        @Override
        public void onError(Throwable cause) {
            at("onError");
        }

        @Override
        public void onComplete() {
            at("onComplete");
        }
    }

    @ParameterizedTest
    @MethodSource("thrown")
    void onSubscribe_thatThrows_leavesNoSubscription(Throwable thrown) {
        feed.items().publisher(Runnable::run).subscribe(new Broken("onSubscribe", thrown));
        assertThat(feed.watches().status().subscriptions()).isZero();
        assertThat(feed.watches().status().failed()).isEqualTo(1);
        requireOthersHear();
    }

    @ParameterizedTest
    @MethodSource("thrown")
    void onNext_thatThrows_leavesNoSubscription(Throwable thrown) {
        feed.items().publisher(Runnable::run).subscribe(new Broken("onNext", thrown));
        requireOthersHear();
        assertThat(feed.watches().status().subscriptions()).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("thrown")
    void end_thatThrows_isTheLast(Throwable thrown) {
        Flow.Publisher<WatchEvent> publisher = feed.items().publisher(Runnable::run);
        publisher.subscribe(new Broken("onComplete", thrown));
        feed.close();
        publisher.subscribe(new Broken("onError", thrown));
        publisher.subscribe(new Broken("onSubscribe", thrown));
        assertThat(feed.watches().status().subscriptions()).isZero();
    }

    @Test
    void completion_thatThrows_isNobodysTrouble() throws Exception {
        try (WatchIterator iterator = feed.items().closeOnOverflow(1).iterator()) {
            iterator.subscription().completion().whenComplete((done, failed) -> {
                throw new IllegalStateException("no");
            });
            requireOthersHear();
            assertThat(iterator.next().missed()).isZero();
        }
    }
}
