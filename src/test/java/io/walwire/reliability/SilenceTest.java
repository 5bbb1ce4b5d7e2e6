package io.walwire.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.config.Credentials;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A network that takes everything and brings nothing: no error shows it. */
class SilenceTest {
    private static final Duration LONG = Duration.ofSeconds(150);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Recorder<Long> ids = new Recorder<>();
    private final Proxy proxy;

    SilenceTest() throws IOException {
        PostgresServer server = PostgresServer.shared();
        proxy = new Proxy(server.host(), server.port());
    }

    @BeforeEach
    void createTable() throws SQLException {
        database.sql("CREATE TABLE item (id bigint PRIMARY KEY)", "CREATE PUBLICATION events FOR TABLE item");
    }

    @AfterEach
    void disconnect() throws IOException {
        proxy.close();
    }

    private Walwire started() {
        return Walwire.builder()
                .url("postgresql://" + database.user() + ':' + database.server().password() + "@127.0.0.1:"
                        + proxy.port() + '/' + database.name())
                .publication("events")
                .slotName(database.unique("silent"))
                .set("walwire.health.silence", "15s")
                .handler(on -> on.table("item")
                        .onInsert(event ->
                                ids.add(Objects.requireNonNull(event.row().getLong("id")))))
                .start();
    }

    @Test
    void stalled_healthTurnsBad_andGoodWhenTheServerIsHeardAgain() throws Exception {
        try (Walwire walwire = started()) {
            database.sql("INSERT INTO item VALUES (1)");
            ids.await(1);
            assertThat(walwire.health().up()).isTrue();
            proxy.stall(true);
            try {
                Eventually.until(LONG, () -> !walwire.health().up());
                assertThat(walwire.state()).isEqualTo(State.STREAMING);
                assertThat(walwire.health().reason()).contains("silent for", "walwire.health.silence");
            } finally {
                proxy.stall(false);
            }
            database.sql("INSERT INTO item VALUES (2)");
            assertThat(ids.await(2)).containsExactly(1L, 2L);
            Eventually.until(LONG, () -> walwire.health().up());
        }
    }

    /** Takes the minute after which a silent server is given up. */
    @Test
    @EnabledIfSystemProperty(named = "walwire.proof.full", matches = "true")
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void stalledForAMinute_isGivenUp_andReplaced() throws Exception {
        try (Walwire walwire = started()) {
            database.sql("INSERT INTO item VALUES (1)");
            ids.await(1);
            proxy.stall(true);
            try {
                Eventually.until(
                        LONG, () -> String.valueOf(walwire.status().lastError()).contains("silent"));
                assertThat(walwire.state()).isEqualTo(State.RECONNECTING);
            } finally {
                proxy.stall(false);
            }
            database.sql("INSERT INTO item VALUES (2)");
            assertThat(walwire.awaitStreaming(LONG)).isTrue();
            assertThat(ids.await(2)).containsExactly(1L, 2L);
            assertThat(walwire.status().reconnects()).isEqualTo(1);
        }
    }

    /**
     * The table's first change makes the reader ask the catalog, on a connection that never answers. The one that looked for backfills
     * at the start is ended before.
     */
    private Walwire stalledWhileTheCatalogIsAsked() throws Exception {
        AtomicBoolean armed = new AtomicBoolean();
        CountDownLatch stalled = new CountDownLatch(1);
        Walwire walwire = Walwire.builder()
                .url("postgresql://127.0.0.1:" + proxy.port() + '/' + database.name())
                .publication("events")
                .slotName(database.unique("silent"))
                .set("walwire.health.silence", "15s")
                .handler(on -> on.table("item")
                        .onInsert(event ->
                                ids.add(Objects.requireNonNull(event.row().getLong("id")))))
                .credentials(() -> {
                    if (armed.compareAndSet(true, false)) {
                        proxy.stall(true);
                        stalled.countDown();
                    }
                    return new Credentials(database.user(), database.server().password());
                })
                .start();
        database.awaitIdle("walwire");
        armed.set(true);
        database.terminateIdle("walwire");
        database.sql("INSERT INTO item VALUES (1)");
        assertThat(stalled.await(180, TimeUnit.SECONDS)).isTrue();
        return walwire;
    }

    @Test
    void stalledWhileTheCatalogIsAsked_healthTurnsBad() throws Exception {
        try (Walwire walwire = stalledWhileTheCatalogIsAsked()) {
            Eventually.until(LONG, () -> !walwire.health().up());
            assertThat(walwire.health().reason()).contains("silent for");
            proxy.stall(false);
            assertThat(ids.await(1)).containsExactly(1L);
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "walwire.proof.full", matches = "true")
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void stalledWhileTheCatalogIsAsked_isGivenUp_andReplaced() throws Exception {
        try (Walwire walwire = stalledWhileTheCatalogIsAsked()) {
            Eventually.until(LONG, () -> walwire.state() == State.RECONNECTING);
            proxy.stall(false);
            assertThat(ids.await(1)).containsExactly(1L);
            assertThat(walwire.status().reconnects()).isEqualTo(1);
        }
    }
}
