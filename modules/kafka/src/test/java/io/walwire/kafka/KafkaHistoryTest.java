package io.walwire.kafka;

import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Random faults, one after another: a {@code read_committed} consumer sees each change once. */
class KafkaHistoryTest {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaHistoryTest.class);
    private static final int SEEDS = Integer.getInteger("walwire.kafka.seeds", 1);
    private static final int FAULTS = Integer.getInteger("walwire.kafka.faults", 3);

    @Test
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void randomFaults_eachChangeIsThereOnce() throws Exception {
        long first = Long.getLong("walwire.kafka.seed", System.nanoTime());
        for (long seed = first; seed < first + SEEDS; seed++) {
            LOG.info("-Dwalwire.kafka.seed={}", seed);
            try (TestDatabase database = TestDatabase.create(PostgresServer.shared());
                    KafkaHistory history = new KafkaHistory(database, new Random(seed))) {
                history.play(FAULTS);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("-Dwalwire.kafka.seed=" + seed + ": " + e.getMessage(), e);
            }
        }
    }
}
