package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.walwire.error.ErrorCode;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** A durable slot that another instance streams from. */
class StandbyTest {
    private static final Duration SOON = Duration.ofMinutes(2);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private String slot = "";

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
        slot = database.unique("shared");
    }

    private WalwireBuilder reader(String name, Recorder<Long> into) {
        return Items.reader(database).name(name).slotName(slot).handler(Items.ids(into));
    }

    @Test
    void busySlot_secondStandsBy_andTakesOver() throws Exception {
        Recorder<Long> first = new Recorder<>();
        Recorder<Long> second = new Recorder<>();
        try (Walwire holder = reader("walwire.first", first).start();
                Walwire waiting = reader("walwire.second", second).start()) {
            assertThat(holder.state()).isEqualTo(State.STREAMING);
            assertThat(waiting.state()).isEqualTo(State.STANDBY);
            assertThat(waiting.status().lastError())
                    .contains(slot, "PID " + Items.backend(database, slot), "\"walwire.first\"");
            assertThat(waiting.awaitStreaming(Duration.ofMillis(50))).isFalse();
            Items.insert(database, 1);
            first.await(1);
            holder.close();
            assertThat(waiting.awaitStreaming(Items.LONG)).isTrue();
            Items.insert(database, 2, 3);
            assertThat(second.await(2)).containsExactly(2L, 3L);
        }
        assertThat(first.all()).containsExactly(1L);
    }

    @Test
    void busySlot_logNamesTheHolder() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger("io.walwire");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
        logger.addAppender(lines);
        try (Walwire holder = reader("walwire.first", new Recorder<>()).start();
                Walwire waiting = reader("walwire.second", new Recorder<>()).start()) {
            assertThat(holder.state()).isEqualTo(State.STREAMING);
            Eventually.until(Items.LONG, () -> waiting.state() == State.STANDBY);
            assertThat(List.copyOf(lines.list))
                    .filteredOn(line -> line.getFormattedMessage().startsWith("standing by"))
                    .singleElement()
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .asString()
                    .contains(slot, "PID " + Items.backend(database, slot), "\"walwire.first\"");
        } finally {
            logger.detachAppender(lines);
            logger.setAdditive(true);
            logger.setLevel(null);
        }
    }

    @Test
    void busySlot_failWhereAskedTo() throws Exception {
        try (Walwire holder = reader("walwire.first", new Recorder<>()).start()) {
            assertThat(holder.state()).isEqualTo(State.STREAMING);
            StartErrorsTest.assertRefused(
                    reader("walwire.second", new Recorder<>()).set("walwire.slot.busy", "fail"),
                    ErrorCode.SLOT,
                    slot,
                    "PID " + Items.backend(database, slot),
                    "\"walwire.first\"",
                    "walwire.slot.busy=wait");
        }
    }

    @Test
    void standby_lostConnection_heals() throws Exception {
        Recorder<Long> second = new Recorder<>();
        try (Walwire holder = reader("walwire.first", new Recorder<>()).start();
                Walwire waiting = reader("walwire.second", second).start()) {
            assertThat(waiting.state()).isEqualTo(State.STANDBY);
            Eventually.until(Items.LONG, () -> !database.query(
                            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = ?"
                                    + " AND datname = current_database()",
                            "walwire.second")
                    .isEmpty());
            holder.close();
            assertThat(waiting.awaitStreaming(Items.LONG)).isTrue();
            Items.insert(database, 1);
            assertThat(second.await(1)).containsExactly(1L);
        }
    }

    @Test
    void standby_closed() throws Exception {
        try (Walwire holder = reader("walwire.first", new Recorder<>()).start()) {
            assertThat(holder.state()).isEqualTo(State.STREAMING);
            Walwire waiting = reader("walwire.second", new Recorder<>())
                    .closeTimeout(Duration.ofMinutes(5))
                    .start();
            assertThat(waiting.state()).isEqualTo(State.STANDBY);
            long began = System.nanoTime();
            waiting.close();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
            assertThat(waiting.state()).isEqualTo(State.STOPPED);
            assertThat(waiting.awaitStreaming(SOON)).isFalse();
        }
    }

    /** The slot does not exist yet: all try to create it, then all try to stream from it. */
    @Test
    void startedTogether_oneStreams_othersStandBy() throws Exception {
        for (int round = 0; round < 4; round++) {
            slot = database.unique("race_" + round);
            List<CompletableFuture<Walwire>> starting = new ArrayList<>();
            List<Walwire> started = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                WalwireBuilder reader = reader("walwire.racer" + i, new Recorder<>());
                starting.add(CompletableFuture.supplyAsync(reader::start, task -> new Thread(task, "starter").start()));
            }
            try {
                for (CompletableFuture<Walwire> each : starting) {
                    started.add(each.get(180, TimeUnit.SECONDS));
                }
                // one that has just taken the slot over does not stream yet
                Eventually.satisfied(Items.LONG, () -> assertThat(started)
                        .extracting(Walwire::state)
                        .containsExactlyInAnyOrder(State.STREAMING, State.STANDBY, State.STANDBY, State.STANDBY));
            } finally {
                started.forEach(Walwire::close);
            }
        }
    }

    @Test
    void released_oneOfSeveralTakesOver_othersStandBy() throws Exception {
        Walwire holder = reader("walwire.holder", new Recorder<>()).start();
        Recorder<Long> ids = new Recorder<>();
        List<Walwire> standbys = new ArrayList<>();
        try (holder) {
            for (int i = 0; i < 3; i++) {
                standbys.add(reader("walwire.standby" + i, ids).start());
            }
            holder.close();
            for (int i = 1; i <= 3; i++) {
                Eventually.until(Items.LONG, () -> standbys.stream().anyMatch(each -> each.state() == State.STREAMING));
                Items.insert(database, i);
                ids.await(i);
                Walwire streaming = standbys.stream()
                        .filter(each -> each.state() == State.STREAMING)
                        .findFirst()
                        .orElseThrow();
                streaming.close();
                standbys.remove(streaming);
                assertThat(standbys).noneMatch(each -> each.state().isFinal());
            }
            assertThat(ids.all()).containsExactly(1L, 2L, 3L);
        } finally {
            standbys.forEach(Walwire::close);
        }
    }
}
