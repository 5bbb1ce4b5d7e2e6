package io.walwire.internal.connection.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.config.Credentials;
import io.walwire.internal.config.HostPort;
import io.walwire.internal.config.Server;
import io.walwire.testing.TestDatabase;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The one plain connection, while another thread changes where it leads. */
class SharedConnectionTest {
    private static final long SECONDS = 30;

    /** Less than the 30 that a plain connection waits for a host. */
    private static final long PROMPT_SECONDS = 15;

    @RegisterExtension
    static final TestDatabase BEFORE = TestDatabase.onSharedServer();

    /** Stands for another server. */
    @RegisterExtension
    static final TestDatabase AFTER = TestDatabase.onSharedServer();

    private static Database database(String host, int port, String name, Runnable whenConnecting) {
        Credentials credentials = new Credentials(BEFORE.user(), BEFORE.password());
        Server server = new Server(List.of(new HostPort(host, port)), name, credentials, Map.of("sslmode", "disable"));
        return new Database(server, () -> {
            whenConnecting.run();
            return credentials;
        });
    }

    private static Database database(TestDatabase of, Runnable whenConnecting) {
        return database(of.server().host(), of.server().port(), of.name(), whenConnecting);
    }

    private static String databaseName(Connection open) throws SQLException {
        try (Statement statement = open.createStatement();
                ResultSet row = statement.executeQuery("SELECT current_database()")) {
            row.next();
            return row.getString(1);
        }
    }

    private static CompletableFuture<String> asking(SharedConnection shared) {
        CompletableFuture<String> asked = new CompletableFuture<>();
        Thread asks = new Thread(() -> {
            try {
                asked.complete(shared.ask(SharedConnectionTest::databaseName));
            } catch (SQLException e) {
                asked.completeExceptionally(e);
            }
        });
        asks.setDaemon(true);
        asks.start();
        return asked;
    }

    @Test
    void follow_whileAnotherThreadConnects_itsQuestionIsAskedThere() throws Exception {
        CountDownLatch connecting = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Database before = database(BEFORE, () -> {
            connecting.countDown();
            await(goOn);
        });
        try (SharedConnection shared = new SharedConnection(before)) {
            CompletableFuture<String> asked = asking(shared);
            await(connecting);
            shared.follow(database(AFTER, () -> {}));
            goOn.countDown();
            assertThat(asked.get(SECONDS, TimeUnit.SECONDS)).isEqualTo(AFTER.name());
            assertThat(shared.ask(SharedConnectionTest::databaseName)).isEqualTo(AFTER.name());
        }
    }

    /** A host that accepts, and says nothing. */
    @Test
    void follow_whileAnotherThreadWaitsForASilentHost_asksElsewhereAtOnce() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                SharedConnection shared =
                        new SharedConnection(database("127.0.0.1", silent.getLocalPort(), "nowhere", () -> {}))) {
            CompletableFuture<String> asked = asking(shared);
            try (Socket accepted = silent.accept()) {
                shared.follow(database(AFTER, () -> {}));
                assertThat(asked.get(PROMPT_SECONDS, TimeUnit.SECONDS)).isEqualTo(AFTER.name());
                assertThat(accepted.isConnected()).isTrue();
            }
        }
    }

    @Test
    void close_whileAnotherThreadWaitsForASilentHost_endsThat() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            SharedConnection shared =
                    new SharedConnection(database("127.0.0.1", silent.getLocalPort(), "nowhere", () -> {}));
            CompletableFuture<String> asked = asking(shared);
            try (Socket accepted = silent.accept()) {
                shared.close();
                assertThatThrownBy(() -> asked.get(PROMPT_SECONDS, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(SQLException.class);
                assertThat(accepted.isConnected()).isTrue();
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(SECONDS, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
