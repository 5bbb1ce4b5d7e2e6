package io.walwire.internal.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.watch.Watch;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Changed;
import io.walwire.watch.WatchEvent.Resync;
import io.walwire.watch.WatchIterator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What waits for a subscriber who is slow, and what does not. */
class BufferTest {
    private final Feed feed = new Feed();

    @AfterEach
    void close() {
        feed.close();
    }

    /** Takes what waits: the key, its old one, {@code resync}, and how many were missed. */
    private static List<String> taken(WatchIterator iterator) throws InterruptedException {
        List<String> taken = new ArrayList<>();
        for (WatchEvent event = iterator.poll(Duration.ZERO); event != null; event = iterator.poll(Duration.ZERO)) {
            String missed = event.missed() == 0 ? "" : " missed " + event.missed();
            taken.add((event instanceof Changed changed ? keys(changed) : "resync") + missed);
        }
        return taken;
    }

    private static String keys(Changed changed) {
        String key = String.valueOf(Objects.requireNonNull(changed.key()).text("id"));
        return changed.oldKey() == null ? key : changed.oldKey().text("id") + ">" + key;
    }

    private WatchIterator subscribe(Watch watch) {
        return watch.iterator();
    }

    @Test
    void dropOldest_nextEventSaysHowMany() throws Exception {
        try (WatchIterator iterator = subscribe(feed.items().dropOldest(3))) {
            for (int id = 1; id <= 10; id++) {
                feed.insert(id);
            }
            assertThat(taken(iterator)).containsExactly("8 missed 7", "9", "10");
            feed.insert(11);
            assertThat(taken(iterator)).containsExactly("11");
            assertThat(iterator.subscription().missed()).isEqualTo(7);
            assertThat(iterator.subscription().delivered()).isEqualTo(4);
        }
    }

    @Test
    void default_holds1024() throws Exception {
        try (WatchIterator iterator = subscribe(feed.items())) {
            for (int id = 0; id < 1_025; id++) {
                feed.insert(id);
            }
            assertThat(taken(iterator)).hasSize(1_024).startsWith("1 missed 1", "2");
        }
    }

    @Test
    void resync_isNeverDropped_takesNoRoom_twoAreOne() throws Exception {
        try (WatchIterator iterator = subscribe(feed.items().dropOldest(2))) {
            feed.insert(1);
            feed.watches().resync("a", null);
            feed.insert(2);
            feed.watches().resync("b", null);
            feed.watches().resync("c", null);
            feed.insert(3);
            assertThat(taken(iterator)).containsExactly("resync missed 1", "2", "resync", "3");
            for (int id = 4; id < 9; id++) {
                feed.watches().resync("d", null);
                feed.insert(id);
            }
            assertThat(taken(iterator)).containsExactly("resync missed 3", "7", "resync", "8");
        }
    }

    @Test
    void conflate_oneOfEach_inTheOrderOfTheLatest() throws Exception {
        try (WatchIterator iterator = subscribe(feed.items().conflate(10))) {
            feed.insert(1);
            feed.insert(2);
            feed.update(1, "a");
            feed.update(1, "b");
            assertThat(taken(iterator)).containsExactly("2", "1 missed 2");
            assertThat(iterator.subscription().missed()).isEqualTo(2);
        }
    }

    @Test
    void conflate_moreKeysThanRoom_oldestIsDropped() throws Exception {
        try (WatchIterator iterator = subscribe(feed.items().conflate(2))) {
            feed.insert(1);
            feed.update(1, "a");
            feed.insert(2);
            feed.insert(3);
            assertThat(taken(iterator)).containsExactly("2 missed 2", "3");
        }
    }

    @Test
    void conflate_changedKey_neitherOldNorNewIsForgotten() throws Exception {
        try (WatchIterator iterator = subscribe(feed.items().conflate(10))) {
            feed.changeKey(1, 2);
            feed.update(2, "later");
            assertThat(taken(iterator)).containsExactly("1>2", "2");
            feed.changeKey(3, 4);
            feed.insert(3);
            assertThat(taken(iterator)).containsExactly("3>4", "3");
            feed.changeKey(5, 6);
            assertThat(taken(iterator)).containsExactly("5>6");
            feed.changeKey(7, 8);
            feed.update(8, "later");
            feed.insert(7);
            assertThat(taken(iterator)).containsExactly("8", "7 missed 1");
        }
    }

    @Test
    void closeOnOverflow_whatWaitedIsDelivered_thenTheError() throws Exception {
        try (WatchIterator iterator = subscribe(feed.items().label("small").closeOnOverflow(2));
                WatchIterator other = subscribe(feed.items())) {
            feed.insert(1);
            feed.insert(2);
            feed.insert(3);
            assertThat(iterator.subscription().isActive()).isFalse();
            assertThat(iterator.next()).isInstanceOf(Changed.class);
            assertThat(iterator.next()).isInstanceOf(Changed.class);
            assertThatThrownBy(iterator::hasNext)
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContaining("\"small\"")
                    .hasMessageContaining("[WATCH]");
            assertThat(iterator.subscription().completion().toCompletableFuture())
                    .isCompletedExceptionally();
            assertThat(taken(other)).containsExactly("1", "2", "3");
            assertThat(feed.watches().status().failed()).isEqualTo(1);
            assertThat(feed.watches().status().subscriptions()).isEqualTo(1);
        }
    }

    @Test
    void room_less_than_one_isRefused() {
        assertThatThrownBy(() -> feed.items().dropOldest(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> feed.items().conflate(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> feed.items().closeOnOverflow(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ended_whatWaitedIsStillTaken() {
        try (WatchIterator iterator = subscribe(feed.items())) {
            feed.insert(1);
            feed.watches().resync("gap", new io.walwire.event.Gap(null, null, "gap"));
            feed.close();
            assertThat(iterator.next()).isInstanceOf(Changed.class);
            assertThat(((Resync) iterator.next()).gap()).isNotNull();
            assertThat(iterator.hasNext()).isFalse();
            assertThat(iterator.subscription().completion().toCompletableFuture())
                    .isCompletedWithValue(null);
        }
    }
}
