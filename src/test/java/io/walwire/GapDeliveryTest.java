package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A gap that was found reaches the handlers, whatever ends the stream or the connections before it does. */
class GapDeliveryTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(17));

    @RegisterExtension
    final TestDatabase own = TestDatabase.on(() -> PostgresServer.of(17));

    private final Recorder<Gap> gaps = new Recorder<>();
    private final Recorder<String> seen = new Recorder<>();
    private final NotedGap noted = new NotedGap(database);
    private String slot = "";

    @BeforeEach
    void tables() throws SQLException {
        slot = noted.createSlot();
    }

    @AfterEach
    void removeNote() throws SQLException {
        noted.remove();
    }

    private static Gap gap(Event event) {
        return Typed.gap(event).gap();
    }

    private static void await(CountDownLatch latch) {
        CompletableFuture.runAsync(() -> {
                    try {
                        latch.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .join();
    }

    @Test
    void streamLost_whileTheGapIsNoted_theNextStreamHandsItOver() throws Exception {
        noted.write();
        CountDownLatch noting = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicBoolean first = new AtomicBoolean(true);
        WalwireBuilder builder = Walwire.builder()
                .url(database.jdbcUrl().replace("jdbc:", "").replaceFirst("\\?.*", ""))
                .publication("events")
                .slotName(slot)
                .set("walwire.start.wait", "60s")
                .handler(on -> {
                    on.onGap(event -> gaps.add(gap(event)));
                    on.table("item").onInsert(event -> seen.add("item"));
                })
                .credentials(() -> {
                    boolean shared = Arrays.stream(Thread.currentThread().getStackTrace())
                            .anyMatch(frame -> frame.getClassName().endsWith("SharedConnection"));
                    if (shared && first.compareAndSet(true, false)) {
                        noting.countDown();
                        await(goOn);
                    }
                    return new Credentials(database.user(), database.password());
                });
        CompletableFuture<Walwire> starting = CompletableFuture.supplyAsync(builder::start);
        noting.await();
        try (LogLines log = new LogLines()) {
            database.terminateWalsenders();
            log.await("Trying again in");
        }
        goOn.countDown();
        try (Walwire walwire = starting.get()) {
            Items.insert(database, 1);
            seen.await(1);
            assertThat(gaps.await(1)).hasSize(1);
            assertThat(gaps.all().get(0).from()).isEqualTo(Lsn.parse("0/1000000"));
            Eventually.until(Items.LONG, () -> !noted.isThere());
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void secondGap_whileHandlersGetTheFirst_keepsTheNote() throws Exception {
        noted.write();
        Link link = new Link(database);
        CountDownLatch goOn = new CountDownLatch(1);
        Recorder<Boolean> wasThere = new Recorder<>();
        try (LogLines log = new LogLines();
                Walwire walwire = link.reader(database)
                        .slotName(slot)
                        .handler(on -> on.onGap(event -> {
                            gaps.add(gap(event));
                            goOn.await();
                            wasThere.add(noted.isThere());
                        }))
                        .start()) {
            gaps.await(1);
            Gate held = link.hold(); // so that no stream begins while the slot is moved on
            moveOn();
            held.open();
            log.await("moved on, or replaced, by somebody else");
            Eventually.until(Items.LONG, () -> walwire.state() == State.STREAMING); // the gap is in the queue
            goOn.countDown();
            assertThat(wasThere.await(2)).containsExactly(true, true);
            Eventually.until(Items.LONG, () -> !noted.isThere());
        }
    }

    /** The note is there already, of the earlier gap; the new slot is held up, so that its gap cannot be in the queue. */
    @Test
    void slotDropped_whileHandlersGetAnEarlierGap_keepsTheNote() throws Exception {
        noted.write();
        Link link = new Link(database);
        Gate delivering = new Gate();
        try (Connection open = database.connect();
                Statement writes = open.createStatement();
                LogLines log = new LogLines();
                Walwire walwire = link.reader(database)
                        .slotName(slot)
                        .set("walwire.slot.lost", "recreate")
                        .handler(on -> {
                            on.onGap(event -> {
                                gaps.add(gap(event));
                                delivering.pass();
                            });
                            on.table("item").onInsert(event -> seen.add("item"));
                        })
                        .start()) {
            delivering.awaitReached();
            long queued = walwire.status().queuedBytes();
            Items.insert(database, 1);
            Eventually.until(Items.LONG, () -> walwire.status().queuedBytes() > queued);
            Gate away = link.hold();
            database.terminateWalsenders();
            away.awaitReached();
            open.setAutoCommit(false);
            writes.execute("INSERT INTO unpublished VALUES ('x')");
            database.query("SELECT pg_drop_replication_slot(?)", slot);
            away.open();
            log.await("is gone. It is recreated");
            delivering.open();
            seen.await(1); // what comes after the earlier gap
            assertThat(noted.isThere()).isTrue();
            open.rollback();
            assertThat(gaps.await(2).get(1).reason()).contains("was gone and was recreated");
            Eventually.until(Items.LONG, () -> !noted.isThere());
        }
    }

    /** Held where it connects again, while somebody else moves the slot on. */
    private Gate disconnected(Link link) throws Exception {
        Gate held = link.hold();
        database.terminateWalsenders();
        held.awaitReached();
        Items.insert(database, 1);
        database.query("SELECT pg_replication_slot_advance(?, pg_current_wal_lsn())", slot);
        return held;
    }

    private WalwireBuilder reader(Link link, Gate delivering) {
        return link.reader(database).slotName(slot).handler(on -> on.onGap(event -> delivering.pass()));
    }

    @Test
    void gapFound_whileDraining_isNoted() throws Exception {
        Link link = new Link(database);
        Gate delivering = new Gate();
        try (Walwire walwire = reader(link, delivering).start()) {
            walwire.pause();
            Gate held = disconnected(link);
            CompletableFuture<Boolean> drained = inBackground(() -> walwire.drain(Items.LONG));
            Eventually.until(Items.LONG, () -> !walwire.status().paused()); // which draining ends
            held.open();
            delivering.awaitReached();
            assertThat(noted.isThere()).isTrue();
            delivering.open();
            assertThat(drained.get()).isTrue();
            assertThat(noted.isThere()).isFalse();
        }
    }

    private static CompletableFuture<Boolean> inBackground(Callable<Boolean> call) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return call.call();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** The connection that the note is written on is not there before the instance is closed, and never after. */
    @Test
    void closed_beforeTheGapIsNoted_isNoted() throws Exception {
        Link link = new Link(database);
        try (Walwire walwire = reader(link, new Gate()).start()) {
            Gate held = disconnected(link);
            Gate asked = link.holdBeside();
            held.open();
            asked.awaitReached();
            walwire.close();
            assertThat(noted.isThere()).isTrue();
            asked.open();
        }
    }

    @Test
    void noteRefusedForAMoment_isWrittenAfterIt() throws Exception {
        Link link = new Link(database);
        Gate delivering = new Gate();
        try (Walwire walwire = reader(link, delivering).start()) {
            Gate held = disconnected(link);
            link.failOnceBeside();
            held.open();
            delivering.awaitReached();
            assertThat(link.hasFailedBeside()).isTrue();
            assertThat(noted.isThere()).isTrue();
            delivering.open();
            Eventually.until(Items.LONG, () -> !noted.isThere());
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(walwire.status().reconnects()).isEqualTo(1);
        }
    }

    /** Somebody else moves the slot on, as soon as the stream's end leaves it free. */
    private void moveOn() {
        Eventually.until(Items.LONG, () -> {
            database.query(
                    "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = ?",
                    slot);
            Items.insert(database, System.nanoTime());
            try {
                database.query("SELECT pg_replication_slot_advance(?, pg_current_wal_lsn())", slot);
                return true;
            } catch (SQLException e) {
                return false; // the next stream was faster
            }
        });
    }

    @Test
    void gapOfALateTable_endsNotBeyondWhatWasRead_soThatTheCheckpointSkipsNothing() throws Exception {
        own.sql(LetterBox.ddl("checkpoint.sql"));
        database.sql("CREATE TABLE late (id bigint PRIMARY KEY)");
        try (Connection open = database.connect();
                Statement writes = open.createStatement()) {
            open.setAutoCommit(false);
            writes.execute("INSERT INTO late VALUES (1)");
            try (Walwire walwire = Items.reader(database)
                    .slotName(slot)
                    .checkpoint(JdbcCheckpoint.of(LetterBox.source(own), "shop"))
                    .subscriptions("item", "late")
                    .set("walwire.publication.manage", "true")
                    .set("walwire.publication.wait", "0")
                    .handler(on -> {
                        on.allTables()
                                .onInsert(event -> seen.add(event.source().table() + " "
                                        + event.row().get("id")));
                        on.onGap(event -> {
                            gaps.add(gap(event));
                            seen.add("gap");
                        });
                    })
                    .start()) {
                writes.execute("INSERT INTO late VALUES (2)");
                writes.execute("INSERT INTO item VALUES (77)");
                // what the server decodes for seconds, and does not send
                writes.execute("INSERT INTO unpublished SELECT 'x' FROM generate_series(1, 2000000)");
                open.commit();
                gaps.await(1);
                Items.insert(database, 78);
                assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
                assertThat(seen.all().subList(0, 2)).containsExactly("late 2", "item 77");
                assertThat(seen.all()).containsExactlyInAnyOrder("late 2", "item 77", "gap", "item 78");
            }
        }
    }
}
