package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.WalwireException;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream that ends for good while handlers do not finish what was received before: the failure is heard all the same. */
class UnfinishedFailureTest {
    private final Recorder<WalwireException> failures = new Recorder<>();
    private final Recorder<Long> ids = new Recorder<>();

    /** The server of 18 warns of the publication where older ones fail. */
    @ParameterizedTest
    @ValueSource(ints = {14, 17, 18})
    void paused_streamEndsForGood_fails_theReceivedComesAgain(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            Items.create(database);
            String slot = Instances.slot(database);
            try (Walwire walwire = Items.reader(database)
                    .slotName(slot)
                    .onFailure(failures::add)
                    .handler(Items.ids(ids))
                    .start()) {
                walwire.pause();
                Items.insert(database, 1);
                Eventually.until(Items.LONG, () -> walwire.status().queuedBytes() > 0);
                database.sql("DROP PUBLICATION events");
                Items.insert(database, 2);
                assertThat(failures.await(1)).hasSize(1);
                assertThat(walwire.state()).isEqualTo(State.FAILED);
                assertThat(walwire.health().up()).isFalse();
                assertThat(ids.all()).isEmpty();
            }
        }
    }

    @Test
    void close_whileACallIsRetriedForEver_endsAsFailed() throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            Items.create(database);
            Walwire walwire = Items.reader(database)
                    .slotName(Instances.slot(database))
                    .onFailure(failures::add)
                    .failurePolicy(FailurePolicy.retry(Integer.MAX_VALUE, Duration.ofMillis(50), Duration.ofMillis(50)))
                    .handler(on -> on.table("item").onInsert(event -> {
                        throw new IllegalStateException("the mail server is away");
                    }))
                    .start();
            try (walwire) {
                Items.insert(database, 1);
                Eventually.until(Items.LONG, () -> walwire.status().retries() > 0);
                database.sql("DROP PUBLICATION events");
                Items.insert(database, 2);
                Eventually.until(Items.LONG, () -> !walwire.health().up());
                assertThat(walwire.health().reason()).contains("events");
            }
            assertThat(failures.await(1)).hasSize(1);
            assertThat(walwire.state()).isEqualTo(State.FAILED);
        }
    }
}
