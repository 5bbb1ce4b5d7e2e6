package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.config.Credentials;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An instance that ends closes its connections, maybe under a question of a thread that waits for it. */
class AwaitWhileFailingTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final AtomicReference<Thread> waits = new AtomicReference<>();
    private final CompletableFuture<Walwire> instance = new CompletableFuture<>();
    private final CountDownLatch asks = new CountDownLatch(1);
    private final AtomicBoolean closed = new AtomicBoolean();

    /** The thread that waits opens its connection when the instance has ended. */
    private Credentials credentials() {
        if (Thread.currentThread().equals(waits.get())) {
            asks.countDown();
            if (closed.get()) {
                instance.join().close();
            }
            Eventually.satisfied(
                    LONG,
                    () -> assertThat(instance.join().status().state().isFinal()).isTrue());
        }
        return new Credentials(database.user(), database.server().password());
    }

    private Walwire started() throws Exception {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY)");
        Walwire walwire = Walwire.builder()
                .url("postgresql://" + database.server().host() + ':'
                        + database.server().port() + '/' + database.name())
                .publication("events")
                .slotName(Instances.slot(database))
                .credentials(this::credentials)
                .handler(
                        "mails",
                        on -> on.table("item").onInsert(event -> {
                            if ("0".equals(event.row().text("id"))) {
                                return;
                            }
                            asks.await();
                            throw new IOException("the mail server is away");
                        }),
                        FailurePolicy.stop())
                .start();
        instance.complete(walwire);
        database.sql("INSERT INTO item VALUES (0)");
        assertThat(walwire.awaitCurrent(LONG))
                .isTrue(); // the table is known: nothing but the wait needs the connection
        database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND backend_type = 'client backend' AND pid <> pg_backend_pid()");
        waits.set(Thread.currentThread());
        return walwire;
    }

    @Test
    void awaitCurrent_ofAnInstanceThatFailsMeanwhile_throwsItsFailure() throws Exception {
        try (Walwire walwire = started()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThatThrownBy(() -> walwire.awaitCurrent(LONG))
                    .isInstanceOfSatisfying(WalwireException.class, failure -> assertThat(failure.code())
                            .isEqualTo(ErrorCode.HANDLER))
                    .hasMessageContaining("the mail server is away");
            assertThat(walwire.status().state()).isEqualTo(State.FAILED);
        }
    }

    @Test
    void awaitCurrent_ofAnInstanceThatIsClosedMeanwhile_isFalse() throws Exception {
        closed.set(true);
        try (Walwire walwire = started()) {
            assertThat(walwire.awaitCurrent(LONG)).isFalse();
            assertThat(walwire.status().state()).isEqualTo(State.STOPPED);
        }
    }
}
