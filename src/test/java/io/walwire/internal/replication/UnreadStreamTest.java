package io.walwire.internal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.reliability.Proxy;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the silence of a stream means while nobody reads it. A silent server is in doubt after three seconds here. */
class UnreadStreamTest {
    private static final Duration DOUBT = Duration.ofSeconds(3);
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private Proxy proxy;
    private ReplicationStream stream;

    @BeforeEach
    void open() throws SQLException, IOException {
        database.sql("CREATE TABLE item (id int, note text)", "CREATE PUBLICATION events FOR TABLE item");
        proxy = new Proxy(database.server().host(), database.server().port());
        String url = "postgresql://" + database.user() + ':' + database.password() + "@127.0.0.1:" + proxy.port() + '/'
                + database.name();
        WalwireConfig config = WalwireConfig.of(
                Map.of("walwire.url", url, "walwire.publication", "events"), List.of(), name -> null, false);
        Credentials credentials = new Credentials(database.user(), database.password());
        stream = new ReplicationOpener(new Database(config.server(), () -> credentials), config, DOUBT)
                .open(SlotRequest.temporary(database.unique("unread"), null), null);
    }

    @AfterEach
    void close() throws IOException {
        stream.abort();
        proxy.close();
    }

    /** The server cannot send more, however much it wants to. */
    @Test
    void isInDoubt_muchWaitsToBeRead_never() throws Exception {
        database.sql("INSERT INTO item SELECT i, repeat('x', 1000) FROM generate_series(1, 100) i");
        Eventually.until(LONG, () -> {
            stream.stayAliveAside();
            return stream.silence().isZero();
        });
        proxy.stallOpen();
        long began = System.nanoTime();
        AtomicBoolean doubted = new AtomicBoolean();
        Eventually.until(LONG, () -> {
            stream.stayAliveAside();
            doubted.set(doubted.get() || stream.isInDoubt());
            return System.nanoTime() - began > 3 * DOUBT.toNanos();
        });
        assertThat(doubted).isFalse();
    }

    @Test
    void isInDoubt_littleWaitsToBeRead_afterASilence() {
        proxy.stallOpen();
        Eventually.until(LONG, () -> {
            stream.stayAliveAside();
            return stream.isInDoubt();
        });
    }

    /** What was read before the failure is still handled, but nobody waits for a server that cannot be reached on other connections either. */
    @Test
    void isInDoubt_readingHasFailed_atOnce_andNoStatusFails() throws Exception {
        proxy.cut();
        Eventually.until(LONG, () -> {
            try {
                return stream.poll() != null;
            } catch (SQLException e) {
                return true;
            }
        });
        stream.stayAlive();
        stream.stayAliveAside();
        assertThat(stream.isInDoubt()).isTrue();
    }
}
