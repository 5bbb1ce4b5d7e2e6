package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import io.walwire.internal.connection.server.Database;
import io.walwire.reliability.Proxy;
import io.walwire.testing.RowLock;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A chunk of which nothing comes for long. */
class SilentChunkTest {
    private static final int ROWS = 1_000;
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final Duration SHORT = Duration.ofMillis(200);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void create() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "INSERT INTO item SELECT i, 'note' FROM generate_series(1, " + ROWS + ") i",
                "CREATE PUBLICATION events FOR ALL TABLES");
    }

    private static ChunkResult read(ChunkReader reader, LeafPlan leaf) throws Exception {
        return reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {});
    }

    /** As behind a firewall that forgets connections: the server has sent the rows, and nothing comes. */
    @Test
    void connectionThatIsLostWithoutAWord_isGivenUp_andTheNextOneReads() throws Exception {
        try (Existing existing = Existing.in(database, "events");
                Proxy proxy =
                        new Proxy(database.server().host(), database.server().port());
                RowLock lock = RowLock.hold(database)) {
            Database behind = Existing.behind(proxy, database, Map.of());
            LeafPlan leaf = existing.plan("item", RowLock.WAITS).leaves().get(0);
            try (ChunkReader reader = new ChunkReader(
                    () -> behind,
                    new PublicationSender(List.of("events"), null),
                    1 << 20,
                    SHORT,
                    Duration.ofSeconds(1))) {
                FutureTask<ChunkResult> lost = new FutureTask<>(() -> read(reader, leaf));
                new Thread(lost, "reading").start();
                lock.awaitReader();
                proxy.stallOpen();
                lock.release();
                assertThatThrownBy(() -> lost.get(LONG.toSeconds(), TimeUnit.SECONDS))
                        .hasRootCauseInstanceOf(IOException.class);

                assertThat(read(reader, leaf)).isInstanceOfSatisfying(Chunk.class, chunk -> assertThat(chunk.rows())
                        .hasSize(ROWS));
            }
        }
    }
}
