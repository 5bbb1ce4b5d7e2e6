package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Recorder;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A standby is promoted while an instance streams from it. Its stream goes on, and what comes then is in the history of this server. */
class StandbyPromotionTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    private final Recorder<String> came = new Recorder<>();
    private StandbyPair pair;

    @BeforeEach
    void start() throws Exception {
        pair = new StandbyPair(18);
        ExistingItems.create(pair.database);
    }

    @AfterEach
    void close() throws Exception {
        pair.close();
    }

    /** What it gets are updates, and gaps. */
    private WalwireBuilder reader() {
        return pair.durable().handler("items", on -> {
            on.table("item")
                    .onUpdate(event -> came.add(String.valueOf(event.row().text("v"))));
            on.onGap(event -> came.add(event.gap().reason()));
        });
    }

    private void promote() throws Exception {
        pair.awaitReplayed();
        pair.primary.kill();
        pair.standby.promote();
        update(1);
        assertThat(came.await(1)).containsExactly("1");
    }

    private void update(int v) throws Exception {
        pair.sql(pair.standby, "UPDATE item SET v = " + v + " WHERE id = 1");
    }

    @Test
    void connectionLost_missesNothing() throws Exception {
        try (Walwire walwire = pair.start(reader())) {
            promote();
            pair.endStreams();
            update(2);
            assertThat(came.await(2)).containsExactly("1", "2");
            assertThat(walwire.status().reconnects()).isEqualTo(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(came.all()).containsExactly("1", "2");
    }

    @Test
    void serverStartedAgain_missesNothing() throws Exception {
        try (LogLines log = new LogLines();
                Walwire walwire = pair.start(reader())) {
            promote();
            log.await("The stream goes on, on timeline 2");
            pair.standby.stopFast();
            pair.standby.startAgain();
            update(2);
            assertThat(came.await(2)).containsExactly("1", "2");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(came.all()).containsExactly("1", "2");
    }

    /** The checkpoint says on which timeline its position is. */
    @Test
    void anotherInstance_missesNothing() throws Exception {
        try (LogLines log = new LogLines();
                Walwire walwire = pair.start(reader())) {
            promote();
            log.await("The stream goes on, on timeline 2");
            update(2);
            came.await(2);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        try (Walwire walwire = reader().start()) {
            update(3);
            came.await(3);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(came.all()).containsExactly("1", "2", "3");
    }
}
