package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Lsn;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What ends or interrupts an instance while stages are in flight. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class AsyncEndTest {
    private static final Duration LONG = Items.LONG;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final SlowSender sender = SlowSender.byHand();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, note text)");
    }

    @AfterEach
    void endSender() {
        sender.close();
    }

    private WalwireBuilder reader() {
        return Instances.durable(database).failurePolicy(FailurePolicy.stop()).handler(sender.handler());
    }

    private void insert(int... ids) throws SQLException {
        for (int id : ids) {
            database.sql("INSERT INTO item VALUES (" + id + ")");
        }
    }

    @Test
    void limit_reached_nextCallWaits_pauseAndCloseWork() throws Exception {
        Walwire walwire = reader().set("walwire.async.limit", "2")
                .set("walwire.close.timeout", "200ms")
                .start();
        database.sql("INSERT INTO item SELECT g FROM generate_series(1, 5) g");
        sender.awaitBegun(2);
        sender.complete("2");
        assertThat(sender.awaitBegun(3)).containsExactly("1", "2", "3");
        walwire.pause();
        sender.complete("1");
        sender.complete("3");
        assertThat(walwire.status().paused()).isTrue();
        assertThat(sender.open()).as("no call begins").isEmpty();
        walwire.resume();
        sender.awaitBegun(5);
        walwire.close();
        assertThat(sender.open()).containsExactly("4", "5");
        SlowSender.assertComeAgain(database, "1", "2", "3", "4", "5");
    }

    @Test
    void close_waitsForStagesInFlight() throws Exception {
        Walwire walwire = reader().start();
        insert(1, 2, 3);
        sender.awaitBegun(3);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(walwire::close);
        sender.complete("3");
        sender.complete("1");
        assertThat(closing).isNotDone();
        sender.complete("2");
        closing.get(LONG.toSeconds(), TimeUnit.SECONDS);
        SlowSender.assertComeAgain(database);
    }

    @Test
    void close_stageTakesTooLong_staysUnconfirmed_andAllFromItOnComesAgain() throws Exception {
        Walwire walwire = reader().set("walwire.close.timeout", "200ms").start();
        insert(1, 2, 3);
        sender.awaitBegun(3);
        sender.complete("3");
        sender.complete("1");
        Lsn first = sender.endOf("1");
        Eventually.until(LONG, () -> !walwire.status().confirmed().isBefore(first));
        walwire.close();
        sender.complete("2");
        SlowSender.assertComeAgain(database, "2", "3");
    }

    /** Whatever the handler thread waits for when a stage fails, another one that never completes does not hold up the end. */
    @ParameterizedTest
    @CsvSource({"4, false", "1, true", "4, true"})
    void failure_otherStageNeverCompletes_theInstanceEndsAllTheSame(int concurrency, boolean intercepted)
            throws Exception {
        WalwireBuilder builder = reader().concurrency(concurrency)
                .set("walwire.close.timeout", "300ms")
                .handler(on -> on.onTransaction(transaction -> {}));
        if (intercepted) {
            builder.interceptor((transaction, next) -> next.proceed(transaction));
        }
        Walwire failing = builder.start();
        database.sql("INSERT INTO item VALUES (1), (2)");
        sender.awaitBegun(2);
        sender.fail("2", new IOException("no mail today"));
        assertThatThrownBy(() -> failing.awaitTermination(LONG)).hasMessageContaining("no mail today");
        assertThat(failing.state()).isEqualTo(State.FAILED);
        SlowSender.assertComeAgain(database, "1", "2");
    }

    @Test
    void drain_waitsForStages() throws Exception {
        Walwire walwire = reader().start();
        insert(1, 2);
        sender.awaitBegun(2);
        CompletableFuture<Boolean> draining = CompletableFuture.supplyAsync(() -> {
            try {
                return walwire.drain(LONG);
            } catch (InterruptedException e) {
                return false;
            }
        });
        sender.complete("2");
        sender.complete("1");
        assertThat(draining.get(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        SlowSender.assertComeAgain(database);
    }

    @Test
    void lostConnection_stagesInFlight_areNotCalledAgain() throws Exception {
        try (Walwire walwire = reader().start()) {
            insert(1, 2);
            sender.awaitBegun(2);
            assertThat(database.terminateWalsenders()).isEqualTo(1);
            Eventually.until(LONG, () -> walwire.status().reconnects() == 1);
            insert(3);
            sender.awaitBegun(3);
            List.of("2", "3", "1").forEach(sender::complete);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(sender.begun()).containsExactly("1", "2", "3");
        }
    }
}
