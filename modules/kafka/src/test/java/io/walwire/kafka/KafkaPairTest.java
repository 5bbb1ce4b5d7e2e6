package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two brokers: the coordinator of a transaction moves from one to the other, and each change is there once. */
class KafkaPairTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final BrokerPair brokers = BrokerPair.shared();
    private final NumberedChanges changes = new NumberedChanges();

    @BeforeEach
    void tables() throws SQLException {
        KafkaInstances.prepare(database);
    }

    /** It is killed while a transaction is open. */
    @Test
    void coordinatorIsKilled_theOtherBrokerCoordinates() throws Exception {
        SuspendedValue value = SuspendedValue.atChange(15);
        try (Walwire walwire = KafkaInstances.durable(database)
                        .sink(KafkaInstances.sink(database)
                                .bootstrap(brokers.bootstrap())
                                .value(value)
                                .build())
                        .start();
                Connection connection = database.connect()) {
            changes.write(connection, 10, 3);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            brokers.moveCoordinatorTo(brokers.second());
            changes.write(connection, 10, 20);
            value.awaitSuspended();
            brokers.second().kill();
            try (Admin admin = brokers.admin()) {
                Eventually.until(
                        LONG,
                        () -> brokers.coordinator(admin) == brokers.first().node());
            }
            value.go();
            changes.write(connection, 10, 3);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            brokers.second().start();
            brokers.moveCoordinatorTo(brokers.second());
            changes.write(connection, 10, 3);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        } finally {
            brokers.second().start();
        }
        changes.assertEachOnce(new CommittedRecords(brokers.bootstrap()).of(KafkaInstances.topic(database, "item")));
    }
}
