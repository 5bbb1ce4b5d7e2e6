package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Servers that stop and come back while an instance streams. */
class ServerRestartTest {
    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onServerOfItsOwn(Map.of());

    @BeforeAll
    static void createTables() throws SQLException {
        Items.create(DATABASE);
    }

    @BeforeEach
    void empty() throws SQLException {
        DATABASE.sql("TRUNCATE item");
    }

    @Test
    void restart_goesOn() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire = Items.reader(DATABASE)
                .slotName("restarted")
                .handler(Items.ids(ids))
                .start()) {
            Items.insert(DATABASE, 1, 2);
            ids.await(2);
            DATABASE.server().restart();
            Items.insert(DATABASE, 3);
            assertThat(ids.await(3)).containsExactly(1L, 2L, 3L);
            assertThat(walwire.state()).isEqualTo(State.STREAMING);
            assertThat(walwire.status().reconnects()).isEqualTo(1);
        }
    }

    /** After a crash the slot's position is older than what was confirmed, and the server sends again. */
    @Test
    void crash_goesOn_nothingTwice() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire = Items.reader(DATABASE)
                .slotName("crashed")
                .handler(Items.ids(ids))
                .start()) {
            for (int i = 1; i <= 3; i++) {
                Items.insert(DATABASE, 10L * i, 10L * i + 1);
                ids.await(3 * i - 1);
                DATABASE.server().stopImmediately();
                DATABASE.server().startAgain();
                Items.insert(DATABASE, 10L * i + 2);
                ids.await(3 * i);
            }
            assertThat(walwire.status().lastError()).contains("CONNECTION");
        }
        assertThat(ids.all()).containsExactly(10L, 11L, 12L, 20L, 21L, 22L, 30L, 31L, 32L);
    }

    @Test
    void close_whileTheServerIsAway() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        Walwire walwire = Items.reader(DATABASE)
                .slotName("away")
                .closeTimeout(Duration.ofMinutes(5))
                .handler(Items.ids(ids))
                .start();
        Walwire standby = Items.reader(DATABASE)
                .slotName("away")
                .closeTimeout(Duration.ofMinutes(5))
                .start();
        assertThat(standby.state()).isEqualTo(State.STANDBY);
        try {
            DATABASE.server().stopImmediately();
            Eventually.until(Items.LONG, () -> walwire.state() == State.RECONNECTING);
            Eventually.until(Items.LONG, () -> standby.state() == State.RECONNECTING);
            long began = System.nanoTime();
            walwire.close();
            standby.close();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMinutes(2));
            assertThat(walwire.state()).isEqualTo(State.STOPPED);
            assertThat(standby.state()).isEqualTo(State.STOPPED);
        } finally {
            walwire.close();
            standby.close();
            DATABASE.server().startAgain();
        }
    }
}
