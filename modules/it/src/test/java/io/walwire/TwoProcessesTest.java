package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Processes that share a durable slot: one reads it, another stands by and takes over when the first is killed. */
class TwoProcessesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int KILLS = Integer.getInteger("walwire.kills", 2);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private String slot = "";

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
        slot = database.unique("two");
        database.createSlot(slot);
    }

    @Test
    void killedHolder_standbyTakesOver() throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (TailProcess holder = new TailProcess(database, slot)) {
            holder.awaitStreaming();
            try (Walwire standby = Items.reader(database)
                    .slotName(slot)
                    .handler(Items.ids(ids))
                    .start()) {
                assertThat(standby.state()).isEqualTo(State.STANDBY);
                holder.kill();
                assertThat(standby.awaitStreaming(Items.LONG)).isTrue();
                Items.insert(database, 1);
                assertThat(ids.await(1)).containsExactly(1L);
            }
        }
    }

    @Test
    void killedAgainAndAgain_exactlyOneReads_nothingLost() throws Exception {
        AtomicBoolean writing = new AtomicBoolean(true);
        CompletableFuture<Long> writer = CompletableFuture.supplyAsync(() -> write(writing));
        List<TailProcess> all = new ArrayList<>();
        try {
            TailProcess active = started(all);
            active.awaitStreaming();
            for (int i = 0; i < KILLS; i++) {
                TailProcess waiting = started(all);
                waiting.awaitStandingBy();
                active.printed().await(active.printed().all().size() + 50);
                assertThat(waiting.streams()).isFalse();
                assertThat(waiting.printed().all()).isEmpty();
                active.kill();
                waiting.awaitStreaming();
                active = waiting;
            }
            writing.set(false);
            long last = writer.get(180, TimeUnit.SECONDS);
            assertNothingLost(all, active, last);
        } finally {
            writing.set(false);
            for (TailProcess each : all) {
                each.close();
            }
        }
    }

    private TailProcess started(List<TailProcess> all) throws IOException {
        TailProcess process = new TailProcess(database, slot);
        all.add(process);
        return process;
    }

    /** Returns the last number. */
    private long write(AtomicBoolean writing) {
        long id = 0;
        try (Connection connection = database.connect();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO item VALUES (?, 'note')")) {
            while (writing.get()) {
                id++;
                insert.setLong(1, id);
                long begin = System.nanoTime();
                insert.execute();
                LockSupport.parkNanos(3 * (System.nanoTime() - begin)); // a slow reader has to keep up
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return id;
    }

    /** Each process begins at or before the number after the last one's last, and goes on one by one. */
    private static void assertNothingLost(List<TailProcess> all, TailProcess active, long last) throws Exception {
        String end = "\"id\":" + last + "}";
        Eventually.until(Items.LONG, () -> active.printed().all().stream().anyMatch(line -> line.contains(end)));
        long seen = 0;
        for (TailProcess process : all) {
            List<String> lines = process.printed().all();
            long before = -1;
            for (int i = 0; i < lines.size(); i++) {
                if (process != active && i == lines.size() - 1 && !lines.get(i).endsWith("}}")) {
                    break; // the kill cut it
                }
                long id =
                        JSON.readTree(lines.get(i)).get("new_record").get("id").asLong();
                assertThat(id).isLessThanOrEqualTo(before < 0 ? seen + 1 : before + 1);
                assertThat(id).isGreaterThan(before);
                before = id;
            }
            seen = Math.max(seen, before);
        }
        assertThat(seen).isEqualTo(last);
    }
}
