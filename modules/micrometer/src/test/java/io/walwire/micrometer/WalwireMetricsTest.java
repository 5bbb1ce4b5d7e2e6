package io.walwire.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The values of the meters after known traffic, as Prometheus sees them. */
class WalwireMetricsTest {
    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onServerOfItsOwn(Map.of("max_slot_wal_keep_size", "256MB"));

    private static final FailurePolicy TWICE =
            FailurePolicy.retry(2, Duration.ofMillis(1), Duration.ofMillis(1)).thenDeadLetter(letter -> {});

    private final Exposition prometheus = new Exposition();
    private final WalwireMetrics metrics = new WalwireMetrics();

    @BeforeEach
    void bind() throws Exception {
        DATABASE.sql("DROP PUBLICATION IF EXISTS events", "DROP TABLE IF EXISTS users, orders");
        Shop.create(DATABASE);
        metrics.bindTo(prometheus.registry);
    }

    private double value(String series) {
        return prometheus.value(series);
    }

    private static double calls(Exposition of, String handler, String outcome) {
        return of.value(
                "walwire_handler_seconds_count{handler=\"" + handler + "\",name=\"shop\",outcome=\"" + outcome + "\"}");
    }

    private double events(String table, String kind) {
        return value("walwire_events_total{kind=\"" + kind + "\",name=\"shop\",table=\"" + table + "\"}");
    }

    @Test
    void inserts_retries_andADeadLetter_areCounted() throws Exception {
        String slot = DATABASE.unique("counted");
        DATABASE.createSlot(slot);
        try (Walwire walwire = Shop.reader(DATABASE)
                .slotName(slot)
                .listener(metrics)
                .handler("index", on -> on.allTables().onChanges(events -> {}))
                .handler(
                        "mails",
                        on -> on.table("users").onInsert(event -> {
                            if (Objects.requireNonNull(event.row().getLong("id")) == 13) {
                                throw new IOException("no");
                            }
                        }),
                        TWICE)
                .start()) {
            DATABASE.inTransaction(
                    "INSERT INTO users VALUES (1), (2), (3)",
                    "INSERT INTO orders VALUES (1)",
                    "SELECT pg_logical_emit_message(true, 'a', 'b')");
            DATABASE.sql("UPDATE users SET email = 'x' WHERE id = 1", "INSERT INTO users VALUES (13)");
            assertThat(walwire.awaitCurrent(Shop.LONG)).isTrue();
            requireEvents();
            requireCalls();
            requireRest();
        }
        Eventually.until(Shop.LONG, () -> prometheus.names().stream().noneMatch(name -> name.startsWith("walwire")));
    }

    private void requireEvents() {
        assertThat(events("public.users", "insert")).isEqualTo(4);
        assertThat(events("public.users", "update")).isEqualTo(1);
        assertThat(events("public.orders", "insert")).isEqualTo(1);
        assertThat(events("none", "message")).isEqualTo(1);
        assertThat(value("walwire_transactions_total{name=\"shop\"}")).isEqualTo(3);
        assertThat(value("walwire_end_to_end_seconds_count{name=\"shop\"}")).isEqualTo(3);
        assertThat(value("walwire_end_to_end_seconds_sum{name=\"shop\"}")).isBetween(0.0, 3.0 * Shop.LONG.toSeconds());
    }

    private void requireCalls() {
        assertThat(calls(prometheus, "mails", "succeeded")).isEqualTo(3);
        assertThat(calls(prometheus, "mails", "retried")).isEqualTo(2);
        assertThat(calls(prometheus, "mails", "dead_letter")).isEqualTo(1);
        assertThat(calls(prometheus, "mails", "skipped")).isZero();
        assertThat(calls(prometheus, "index", "succeeded")).isEqualTo(3);
        assertThat(value("walwire_retries_total{name=\"shop\"}")).isEqualTo(2);
        assertThat(value("walwire_deadletters_total{name=\"shop\"}")).isEqualTo(1);
    }

    private void requireRest() {
        assertThat(value("walwire_gaps_total{name=\"shop\"}")).isZero();
        assertThat(value("walwire_reconnects_total{name=\"shop\"}")).isZero();
        for (State state : State.values()) {
            String tag = state.name().toLowerCase(Locale.ROOT);
            assertThat(value("walwire_state{name=\"shop\",state=\"" + tag + "\"}"))
                    .isEqualTo(state == State.STREAMING ? 1 : 0);
        }
        // a transaction leaves the queue a moment after it is settled, and a server may be slow to say what it keeps
        Eventually.satisfied(Shop.LONG, () -> {
            assertThat(value("walwire_slot_retained_bytes{name=\"shop\"}"))
                    .isPositive()
                    .isLessThan(256 << 20);
            assertThat(value("walwire_slot_safe_bytes{name=\"shop\"}"))
                    .isPositive()
                    .isLessThan(512 << 20);
            assertThat(value("walwire_lag_seconds{name=\"shop\"}")).isZero();
            assertThat(value("walwire_queued_bytes{name=\"shop\"}")).isZero();
        });
    }

    /** A slot without a name ends with its connection, and what was committed meanwhile is missing. */
    @Test
    void gap_reconnect_andWhatWaits_areSeen() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        Recorder<Long> begun = new Recorder<>();
        Recorder<String> gaps = new Recorder<>();
        try (Walwire walwire = Shop.reader(DATABASE)
                .listener(metrics)
                .handler("users", on -> {
                    on.onGap(gap -> gaps.add("gap"));
                    on.table("users").onInsert(event -> {
                        begun.add(1L);
                        goOn.await();
                    });
                })
                .start()) {
            DATABASE.terminateWalsenders();
            gaps.await(1);
            assertThat(walwire.awaitStreaming(Shop.LONG)).isTrue();
            DATABASE.sql("INSERT INTO users VALUES (1, repeat('x', 1000))");
            begun.await(1);
            Eventually.satisfied(Shop.LONG, () -> {
                assertThat(value("walwire_lag_seconds{name=\"shop\"}")).isPositive();
                assertThat(value("walwire_queued_bytes{name=\"shop\"}")).isGreaterThan(1000);
                assertThat(value("walwire_lag_bytes{name=\"shop\"}")).isPositive();
            });
            goOn.countDown();
            assertThat(walwire.awaitCurrent(Shop.LONG)).isTrue();
            assertThat(value("walwire_gaps_total{name=\"shop\"}")).isEqualTo(1);
            Eventually.satisfied(Shop.LONG, () -> assertThat(value("walwire_reconnects_total{name=\"shop\"}"))
                    .isEqualTo(1));
            assertThat(calls(prometheus, "users", "succeeded")).isEqualTo(2);
        }
    }

    /** Rows count when they are handled; what remains is 0 when the run has ended. */
    @Test
    void backfill_isSeen() throws Exception {
        DATABASE.sql("INSERT INTO users SELECT i, repeat('x', 100) FROM generate_series(1, 1000) i");
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicLong read = new AtomicLong();
        try (Walwire walwire = Shop.reader(DATABASE)
                .set("walwire.backfill.chunk", "8KiB")
                .listener(metrics)
                .handler("users", on -> on.table("users").onReads(rows -> {
                    if (read.addAndGet(rows.size()) > 500) {
                        goOn.await();
                    }
                }))
                .start()) {
            CompletableFuture<Void> run =
                    walwire.backfill("users").start().completion().toCompletableFuture();
            Eventually.satisfied(Shop.LONG, () -> {
                assertThat(value("walwire_backfill_rows_total{name=\"shop\",table=\"public.users\"}"))
                        .isBetween(1.0, 500.0);
                assertThat(value("walwire_backfill_remaining_bytes{name=\"shop\",table=\"public.users\"}"))
                        .isPositive();
            });
            goOn.countDown();
            run.get(Shop.LONG.toSeconds(), TimeUnit.SECONDS);
            Eventually.satisfied(Shop.LONG, () -> {
                assertThat(value("walwire_backfill_rows_total{name=\"shop\",table=\"public.users\"}"))
                        .isEqualTo(1000);
                assertThat(value("walwire_backfill_remaining_bytes{name=\"shop\",table=\"public.users\"}"))
                        .isZero();
                assertThat(events("public.users", "read")).isEqualTo(1000);
            });
        }
    }

    @Test
    void failedInstance_staysVisible_untilClosed_andTheNextOneBeginsAtZero() throws Exception {
        String slot = DATABASE.unique("failed");
        DATABASE.createSlot(slot);
        try (Walwire failing = Shop.reader(DATABASE)
                .slotName(slot)
                .listener(metrics)
                .failurePolicy(FailurePolicy.stop())
                .handler("users", on -> on.table("users").onInsert(event -> {
                    throw new IOException("no");
                }))
                .start()) {
            DATABASE.sql("INSERT INTO users VALUES (1)");
            failing.completion()
                    .handle((none, failure) -> failure)
                    .toCompletableFuture()
                    .get();
            assertThat(value("walwire_state{name=\"shop\",state=\"failed\"}")).isEqualTo(1);
            assertThat(value("walwire_state{name=\"shop\",state=\"streaming\"}"))
                    .isZero();
            assertThat(calls(prometheus, "users", "stopped")).isEqualTo(1);
            Eventually.satisfied(Shop.LONG, () -> assertThat(value("walwire_slot_retained_bytes{name=\"shop\"}"))
                    .isPositive());
        }
        try (Walwire next = Shop.reader(DATABASE)
                .slotName(slot)
                .listener(metrics)
                .handler("users", on -> on.table("users").onInsert(event -> {}))
                .start()) {
            assertThat(next.awaitCurrent(Shop.LONG)).isTrue();
            assertThat(calls(prometheus, "users", "stopped")).isZero();
            assertThat(value("walwire_state{name=\"shop\",state=\"streaming\"}"))
                    .isEqualTo(1);
            metrics.close();
            assertThat(prometheus.names()).isEmpty();
            DATABASE.sql("INSERT INTO users VALUES (2)");
            assertThat(next.awaitCurrent(Shop.LONG)).isTrue();
            assertThat(prometheus.names()).isEmpty();
        }
    }

    /** A registry that comes later shows the instance's own counts, and what happens from then on. */
    @Test
    void registryThatIsBoundLater_showsTheInstance() throws Exception {
        try (Walwire walwire = Shop.reader(DATABASE)
                .listener(metrics)
                .handler("users", on -> on.table("users").onInsert(event -> {}))
                .start()) {
            DATABASE.sql("INSERT INTO users VALUES (1)");
            assertThat(walwire.awaitCurrent(Shop.LONG)).isTrue();
            Exposition later = new Exposition();
            metrics.bindTo(later.registry);
            metrics.bindTo(later.registry);
            DATABASE.sql("INSERT INTO users VALUES (2)");
            assertThat(walwire.awaitCurrent(Shop.LONG)).isTrue();
            assertThat(later.value("walwire_transactions_total{name=\"shop\"}")).isEqualTo(2);
            assertThat(calls(later, "users", "succeeded")).isEqualTo(1);
            assertThat(calls(prometheus, "users", "succeeded")).isEqualTo(2);
        }
    }
}
