package io.walwire.internal.backfill.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.backfill.ChunkReader;
import io.walwire.internal.backfill.Existing;
import io.walwire.testing.TestDatabase;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The time of the server, whatever the clock of this host says. */
class ServerClockTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @Test
    void timeIsTheServers_whoseClockDiffersFromOurs() throws Exception {
        Instant far = Instant.now().plusSeconds(3_600);
        AtomicInteger looks = new AtomicInteger();
        ServerClock clock = new ServerClock(() -> {
            looks.incrementAndGet();
            return far;
        });
        Instant first = clock.now();
        assertThat(first).isBetween(far, far.plusSeconds(60));
        assertThat(clock.now()).isAfterOrEqualTo(first);
        assertThat(looks).hasValue(1);
        clock.forget();
        assertThat(clock.now()).isAfterOrEqualTo(far);
        assertThat(looks).hasValue(2);
    }

    @Test
    void serverIsAsked() throws Exception {
        try (Existing existing = Existing.in(database);
                ChunkReader looker = existing.reader()) {
            Instant before = serverTime();
            Instant now = looker.time();
            assertThat(now).isBetween(before, serverTime());
        }
    }

    private Instant serverTime() throws Exception {
        return Instant.parse(database.queryString(
                "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC'," + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"));
    }
}
