package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.walwire.Walwire;
import io.walwire.event.Event;
import io.walwire.event.MessageEvent;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A group is tried again without loss, and without fencing an instance that has taken over. */
class KafkaRetriesTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final CommittedRecords committed = new CommittedRecords(Broker.shared());

    @BeforeEach
    void tables() throws SQLException {
        KafkaInstances.prepare(database);
    }

    /** Fails once, as a producer does when no broker answers. */
    private static KafkaValue failingOnce(KafkaValue value, Predicate<Event> at) {
        AtomicBoolean failed = new AtomicBoolean();
        return event -> {
            byte[] bytes = value.bytes(event);
            if (at.test(event) && failed.compareAndSet(false, true)) {
                throw new TimeoutException("no broker answers");
            }
            return bytes;
        };
    }

    /** The position does not say whether it is stored: the message does not move it. */
    @Test
    void messageWithoutATransaction_isNotLostOnARetry() throws Exception {
        KafkaValue value = failingOnce(KafkaValue.json(), MessageEvent.class::isInstance);
        try (Walwire walwire = KafkaInstances.durable(database)
                .sink(KafkaInstances.sink(database).value(value).build())
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            database.queryString("SELECT pg_logical_emit_message(false, 'mail', 'at once')::text");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(committed.of(database.name() + ".messages")).hasSize(1);
        assertThat(committed.of(KafkaInstances.topic(database, "item"))).hasSize(1);
    }

    @Test
    void zombieThatTriesAgain_findsThePositionMoved_andFencesNobody() throws Exception {
        SuspendedValue suspended = new SuspendedValue(2);
        String name = database.unique("zombie");
        try (Walwire zombie = KafkaInstances.durable(database.url(), KafkaInstances.slot(database), name)
                .sink(KafkaInstances.sink(database)
                        .topic(database.name() + ".{schema}.{table}")
                        .value(failingOnce(suspended, suspended::isAt))
                        .build())
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(zombie.awaitCurrent(LONG)).isTrue();
            database.sql("INSERT INTO item VALUES (2)");
            suspended.awaitSuspended();
            try (Walwire next = KafkaInstances.durable(database)
                    .sink(KafkaInstances.sink(database).build())
                    .start()) {
                Eventually.until(LONG, () -> {
                    database.query(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name LIKE ?",
                            "%" + name + "%");
                    return next.state() == State.STREAMING;
                });
                database.sql("INSERT INTO item VALUES (3)");
                assertThat(next.awaitCurrent(LONG)).isTrue();
                suspended.go();
                assertThatThrownBy(() -> zombie.awaitTermination(LONG))
                        .hasMessageContaining("Another instance has moved the position in Kafka");
                database.sql("INSERT INTO item VALUES (4)");
                assertThat(next.awaitCurrent(LONG)).isTrue();
            }
        }
        assertThat(committed.of(KafkaInstances.topic(database, "item"))).hasSize(4);
    }

    /** A name that DNS does not know for a while; at a start it may be misspelled. */
    @Test
    void nameOfABroker_thatCannotBeResolved_passesOnceTheSinkIsOpen() {
        Map<String, Object> settings = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                "broker.invalid:9092",
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                "walwire",
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                500,
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                ByteArraySerializer.class,
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                ByteArraySerializer.class);
        Throwable unresolved = catchThrowable(() -> {
            try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
                producer.initTransactions();
            }
        });
        assertThat(KafkaFailure.kindOnceOpen(unresolved)).as("%s", unresolved).isEqualTo(KafkaFailure.Kind.PASSING);
    }
}
