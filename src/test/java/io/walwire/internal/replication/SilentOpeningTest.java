package io.walwire.internal.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.config.Credentials;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A server that says nothing while a stream is being opened. It is given up after five seconds here. */
class SilentOpeningTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private CompletableFuture<ReplicationStream> opening(String host, int port) {
        String url = "postgresql://" + database.user() + ':' + database.password() + '@' + host + ':' + port + '/'
                + database.name() + "?sslmode=disable";
        WalwireConfig config = WalwireConfig.of(
                Map.of("walwire.url", url, "walwire.publication", "events"), List.of(), name -> null, false);
        Credentials credentials = new Credentials(database.user(), database.password());
        ReplicationOpener opener =
                new ReplicationOpener(new Database(config.server(), () -> credentials), config, Duration.ofSeconds(5));
        CompletableFuture<ReplicationStream> opened = new CompletableFuture<>();
        Thread opens = new Thread(() -> {
            try {
                opened.complete(opener.open(SlotRequest.temporary(database.unique("silent"), null), null));
            } catch (SQLException e) {
                opened.completeExceptionally(e);
            }
        });
        opens.setDaemon(true);
        opens.start();
        return opened;
    }

    /** The system accepts in its place. */
    @Test
    void open_serverThatNeverAnswers_fails() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            CompletableFuture<ReplicationStream> opening = opening("127.0.0.1", silent.getLocalPort());
            assertThatThrownBy(() -> opening.get(LONG.toSeconds(), TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void open_slotThatWaitsLongerForAnOpenTransaction_isWaitedFor() throws Exception {
        database.sql("CREATE TABLE item (id int)", "CREATE PUBLICATION events FOR TABLE item");
        try (Connection open = database.connect();
                Statement writes = open.createStatement()) {
            open.setAutoCommit(false);
            writes.execute("INSERT INTO item VALUES (1)");
            CompletableFuture<ReplicationStream> opening =
                    opening(database.server().host(), database.server().port());
            Eventually.until(
                    LONG,
                    () -> database.queryLong("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                    + " AND backend_type = 'walsender' AND wait_event_type = 'Lock'")
                            == 1);
            database.query("SELECT pg_sleep(6.5)");
            assertThat(opening).isNotDone();
            open.commit();
            opening.get(LONG.toSeconds(), TimeUnit.SECONDS).close();
        }
    }
}
