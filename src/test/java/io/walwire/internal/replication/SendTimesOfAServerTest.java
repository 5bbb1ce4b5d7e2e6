package io.walwire.internal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import io.walwire.event.Lsn;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.testing.TestDatabase;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** That the driver still leaves the header where the times are read from. */
class SendTimesOfAServerTest {
    private static final int TRANSACTIONS = 2_000;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @Test
    void lateNanos_ofABacklog_isLessThanItsAge() throws Exception {
        String slot = database.unique("late");
        database.sql("CREATE TABLE item (id int)", "CREATE PUBLICATION events FOR TABLE item");
        database.createSlot(slot);
        long began = System.nanoTime();
        database.sql("DO $$ BEGIN FOR i IN 1.." + TRANSACTIONS
                + " LOOP INSERT INTO item VALUES (i); COMMIT; END LOOP; END $$");
        long latest = 0;
        try (ReplicationStream stream = opener().open(SlotRequest.existing(slot, Lsn.ZERO, false, null), null)) {
            SendTimes times = new SendTimes();
            int commits = 0;
            while (commits < TRANSACTIONS) {
                ByteBuffer frame = stream.poll();
                if (frame == null) {
                    stream.await(false);
                    continue;
                }
                commits += frame.get(0) == 'C' ? 1 : 0;
                times.read(frame);
                latest = Math.max(latest, times.lateNanos());
            }
        }
        assertThat(Duration.ofNanos(latest))
                .isBetween(Duration.ofNanos(1), Duration.ofNanos(System.nanoTime() - began));
    }

    private ReplicationOpener opener() {
        WalwireConfig config = WalwireConfig.of(
                Map.of("walwire.url", database.url(), "walwire.publication", "events"), List.of(), name -> null, false);
        Credentials credentials = new Credentials(database.user(), database.password());
        return new ReplicationOpener(new Database(config.server(), () -> credentials), config);
    }
}
