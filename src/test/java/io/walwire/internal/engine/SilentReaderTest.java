package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.backfill.BackfillRun;
import io.walwire.config.Credentials;
import io.walwire.internal.connection.server.ServerProcess;
import io.walwire.internal.replication.ReplicationOpener;
import io.walwire.internal.source.GivenSource;
import io.walwire.reliability.Proxy;
import io.walwire.testing.RowLock;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A reader of existing rows whose server dies and comes back, while the network keeps the end of its connection back. */
class SilentReaderTest {
    private static final Duration DOUBT = Duration.ofSeconds(10);
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onServerOfItsOwn(Map.of("wal_sender_timeout", "10min"));

    private final AtomicInteger reads = new AtomicInteger();

    private static void create() throws Exception {
        DATABASE.sql(
                "CREATE TABLE item (id int PRIMARY KEY)",
                "INSERT INTO item SELECT generate_series(1, 100)",
                "CREATE PUBLICATION events FOR TABLE item",
                Files.readString(Path.of("sql/backfill.sql")));
    }

    private Walwire startedBehind(Proxy proxy) {
        Credentials credentials = new Credentials(DATABASE.user(), DATABASE.password());
        WalwireBuilder builder = Walwire.builder()
                .url("postgresql://127.0.0.1:" + proxy.port() + '/' + DATABASE.name() + "?sslmode=disable")
                .credentials(() -> credentials)
                .publication("events")
                .slotName(DATABASE.unique("silent"))
                .set("walwire.pgjdbc.socketTimeout", "10")
                .handler(on -> on.table("item").onRead(event -> reads.incrementAndGet()));
        GivenSource.set(
                builder,
                context -> new ReplicationSource(
                        context, new ReplicationOpener(context.database(), context.config(), DOUBT)));
        return builder.start();
    }

    @Test
    void serverThatDies_andComesBack_theTableIsReadToItsEnd() throws Exception {
        create();
        try (Proxy proxy = new Proxy(DATABASE.server().host(), DATABASE.server().port());
                Walwire walwire = startedBehind(proxy)) {
            BackfillRun run;
            try (RowLock lock = RowLock.hold(DATABASE)) {
                run = walwire.backfill("item").where(RowLock.WAITS).start();
                lock.awaitReader();
                proxy.stallOpen();
                DATABASE.server().stopImmediately();
            }
            DATABASE.server().startAgain();
            run.completion().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
            assertThat(reads).hasValue(100);
        }
    }

    @Test
    void processOfAServerThatHasStartedAgain_isGone_andOfAnotherServer_nothingIsKnown() throws Exception {
        try (Connection reader = DATABASE.connect();
                Connection asking = DATABASE.connect()) {
            ServerProcess now = ServerProcess.of(reader);
            ServerProcess earlier = new ServerProcess(now.pid(), now.serverStart() - 1, now.address());
            ServerProcess other = new ServerProcess(now.pid(), now.serverStart() - 1, "192.0.2.1 5432");
            assertThat(earlier.isCutOff(asking)).isTrue();
            assertThat(other.isCutOff(asking)).isFalse();
        }
    }
}
