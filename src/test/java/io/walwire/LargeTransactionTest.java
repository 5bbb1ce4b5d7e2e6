package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Lsn;
import io.walwire.event.Transaction;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.lang.ref.WeakReference;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A transaction larger than the buffer reaches handlers in parts. */
class LargeTransactionTest {
    private static final int ROWS = 3_000;
    private static final String INSERT_ROWS =
            "INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, " + ROWS + ") g";
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Recorder<Transaction> parts = new Recorder<>();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, name text)",
                "CREATE TABLE other (id int PRIMARY KEY, name text)");
    }

    private WalwireBuilder small() {
        return Instances.durable(database).set("walwire.buffer", "64KiB");
    }

    private List<Transaction> awaitLastPart() {
        Eventually.until(LONG, () -> parts.all().stream().anyMatch(Transaction::isLast));
        return parts.all();
    }

    private static List<Long> indexes(List<Transaction> parts) {
        return parts.stream()
                .flatMap(part -> part.events().stream())
                .map(event -> event.id().index())
                .toList();
    }

    private static List<Long> upTo(long count) {
        return LongStream.range(0, count).boxed().toList();
    }

    @Test
    void parts_areNumberedAndMarked_andTheirIndexGoesOn() throws Exception {
        try (Walwire walwire =
                small().handler(on -> on.onTransaction(parts::add)).start()) {
            database.sql(INSERT_ROWS);
            List<Transaction> all = awaitLastPart();
            assertThat(all).hasSizeGreaterThan(10);
            assertThat(all.stream().map(part -> (long) part.part())).isEqualTo(upTo(all.size()));
            assertThat(indexes(all)).isEqualTo(upTo(ROWS));
            assertThat(all.stream().map(Transaction::xid).distinct()).hasSize(1);
            assertThat(all.stream().map(Transaction::commitLsn).distinct()).hasSize(1);
            assertThat(all.stream().map(Transaction::timestamp).distinct()).hasSize(1);
            List<Transaction> earlier = all.subList(0, all.size() - 1);
            assertThat(earlier).allSatisfy(part -> {
                assertThat(part.isLast()).isFalse();
                assertThat(part.endLsn()).isNull();
                assertThat(part.events()).isNotEmpty().allSatisfy(event -> {
                    assertThat(Typed.transaction(event).endLsn()).isNull();
                    assertThat(event.toJson()).contains("\"end_lsn\":null");
                });
            });
            Lsn end = Objects.requireNonNull(all.get(all.size() - 1).endLsn());
            assertThat(end).isGreaterThan(all.get(0).commitLsn());
            Eventually.until(LONG, () -> !Instances.confirmed(database).isBefore(end));
            assertThat(walwire.status().transactions()).isEqualTo(1);
            assertThat(walwire.status().events()).isEqualTo(ROWS);
        }
    }

    @Test
    void runs_endWithTheirPart_andHoldItsEvents() throws Exception {
        Recorder<String> calls = new Recorder<>();
        try (Walwire walwire = small().handler(on -> {
                    on.table("item").onInserts(events -> calls.add("run of " + events.size()));
                    on.onTransaction(part -> {
                        calls.add("part of " + part.events().size());
                        parts.add(part);
                    });
                })
                .start()) {
            database.sql(INSERT_ROWS);
            List<Transaction> all = awaitLastPart();
            assertThat(calls.all())
                    .isEqualTo(all.stream()
                            .map(part -> part.events().size())
                            .<String>mapMulti((size, lines) -> {
                                if (size > 0) {
                                    lines.accept("run of " + size);
                                }
                                lines.accept("part of " + size);
                            })
                            .toList());
        }
    }

    @Test
    void unsubscribedEvents_areLeftOutAndCountInTheIndex() throws Exception {
        try (Walwire walwire = small().subscriptions("item")
                .handler(on -> on.onTransaction(parts::add))
                .start()) {
            database.inTransaction(
                    "INSERT INTO other VALUES (1)",
                    "INSERT INTO item VALUES (1)",
                    "INSERT INTO other SELECT g FROM generate_series(2, " + ROWS + ") g",
                    "INSERT INTO item VALUES (2)");
            List<Transaction> all = awaitLastPart();
            assertThat(all).hasSize(1);
            assertThat(indexes(all)).containsExactly(1L, ROWS + 1L);
        }
    }

    @Test
    void rolledBackSavepoint_inALargeTransaction_isAbsent() throws Exception {
        try (Walwire walwire =
                small().handler(on -> on.onTransaction(parts::add)).start()) {
            database.inTransaction(
                    "INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, 500) g",
                    "SAVEPOINT s",
                    "INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(501, 1000) g",
                    "ROLLBACK TO s",
                    "INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1001, 1500) g");
            List<Transaction> all = awaitLastPart();
            assertThat(all).hasSizeGreaterThan(2);
            assertThat(indexes(all)).isEqualTo(upTo(1000));
            assertThat(all.stream().flatMap(part -> part.events().stream()).map(Trail::line))
                    .doesNotContain("item+501")
                    .contains("item+500", "item+1001");
        }
    }

    @Test
    void slowHandler_holdsNoMoreThanTheBuffer() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Walwire walwire = small().handler(on -> on.onTransaction(part -> {
                    parts.add(part);
                    busy.countDown();
                    release.await();
                }))
                .start()) {
            database.sql("INSERT INTO item SELECT g, repeat('x', 1000) FROM generate_series(1, 5000) g");
            busy.await();
            Eventually.until(LONG, () -> walwire.status().queuedBytes() > 32 * 1024);
            assertThat(walwire.status().queuedBytes()).isLessThanOrEqualTo(64 * 1024);
            assertThat(parts.all()).hasSize(1);
            release.countDown();
            assertThat(indexes(awaitLastPart())).isEqualTo(upTo(5000));
        } finally {
            release.countDown();
        }
    }

    @Test
    void handledParts_areNotKept() throws Exception {
        Recorder<WeakReference<Transaction>> seen = new Recorder<>();
        CountDownLatch atLast = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Walwire walwire = small().handler(on -> on.onTransaction(part -> {
                    if (part.isLast()) {
                        atLast.countDown();
                        release.await();
                    } else {
                        seen.add(new WeakReference<>(part));
                    }
                }))
                .start()) {
            database.sql(INSERT_ROWS);
            atLast.await();
            assertThat(seen.all()).hasSizeGreaterThan(10);
            Eventually.until(LONG, () -> {
                System.gc();
                return seen.all().stream().allMatch(part -> part.refersTo(null));
            });
            release.countDown();
        } finally {
            release.countDown();
        }
    }

    @Test
    void failureInALaterPart_afterRestart_comesAgainFromIndexZero() throws Exception {
        Recorder<EventId> first = new Recorder<>();
        try (Walwire walwire = small().handler(on -> on.onTransaction(part -> {
                    if (part.part() == 3) {
                        throw new IllegalStateException("not today");
                    }
                    part.events().forEach(event -> first.add(event.id()));
                }))
                .failurePolicy(FailurePolicy.stop())
                .start()) {
            database.sql(INSERT_ROWS);
            assertThatThrownBy(() -> walwire.awaitTermination(LONG)).isInstanceOf(WalwireException.class);
        }
        assertThat(first.all()).hasSizeBetween(10, ROWS - 1);
        try (Walwire walwire =
                small().handler(on -> on.onTransaction(parts::add)).start()) {
            List<Transaction> all = awaitLastPart();
            List<EventId> again = all.stream()
                    .flatMap(part -> part.events().stream())
                    .map(Event::id)
                    .toList();
            assertThat(again).hasSize(ROWS).startsWith(first.all().toArray(EventId[]::new));
        }
    }
}
