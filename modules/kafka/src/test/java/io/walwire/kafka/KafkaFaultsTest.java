package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.Walwire;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.kafka.CommittedRecords.Seen;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.Seed;
import io.walwire.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A {@code read_committed} consumer sees each row that PostgreSQL committed once, and in order, whatever fails. */
class KafkaFaultsTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int KILLS = Integer.getInteger("walwire.kafka.rounds", 1);
    private static final int ROWS_AT_ONCE = 300;

    @RegisterExtension
    final Seed seed = new Seed();

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Broker broker = Broker.shared();
    private final CommittedRecords committed = new CommittedRecords(broker);
    private int rows;

    @BeforeEach
    void tables() throws SQLException {
        KafkaInstances.prepare(database);
    }

    private void insert(int count) throws SQLException {
        database.sql("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(" + (rows + 1) + ", "
                + (rows + count) + ") g");
        rows += count;
    }

    /** The topic has three partitions, each of which is in order. */
    private void assertEachRowOnce() throws Exception {
        List<Seen> records = item();
        assertThat(records.stream().map(Seen::id)).doesNotHaveDuplicates();
        for (int partition = 0; partition < 3; partition++) {
            int of = partition;
            assertThat(ids(records.stream()
                            .filter(record -> record.partition() == of)
                            .toList()))
                    .isSorted();
        }
        assertThat(ids(records).stream().sorted().toList())
                .isEqualTo(LongStream.rangeClosed(1, rows).boxed().toList());
    }

    private List<Seen> item() throws Exception {
        return committed.of(KafkaInstances.topic(database, "item"));
    }

    private static List<Long> ids(List<Seen> records) {
        return records.stream()
                .map(record -> record.json().at("/new_record/id").asLong())
                .toList();
    }

    private Walwire start(KafkaSink.Builder sink) {
        return KafkaInstances.durable(database).sink(sink.build()).start();
    }

    /** The process is killed while it writes: when there are so many more records. */
    @Test
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void killedInALoop_eachRowIsThereOnce() throws Exception {
        Random random = seed.random();
        for (int kill = 0; kill < KILLS; kill++) {
            int enough = item().size() + 1 + random.nextInt(1_000);
            Process process =
                    KafkaSinkProcess.start(database, "walwire.buffer=" + (random.nextBoolean() ? "64KiB" : "1MiB"));
            try {
                Eventually.until(LONG, () -> {
                    insert(1 + random.nextInt(ROWS_AT_ONCE));
                    return item().size() >= enough;
                });
            } finally {
                KafkaSinkProcess.kill(process);
            }
            assertThat(item().stream().map(Seen::id))
                    .as("after kill %d", kill + 1)
                    .doesNotHaveDuplicates();
        }
        try (Walwire walwire = start(KafkaInstances.sink(database))) {
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertEachRowOnce();
    }

    @Test
    void brokerIsKilledAndStarted_theInstanceGoesOn() throws Exception {
        try (Walwire walwire = start(KafkaInstances.sink(database).producer("max.block.ms", "10000"))) {
            insert(ROWS_AT_ONCE);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            insert(ROWS_AT_ONCE);
            broker.kill();
            insert(ROWS_AT_ONCE);
            assertThat(walwire.awaitCurrent(Duration.ofMillis(500))).isFalse();
            broker.start();
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        } finally {
            broker.start();
        }
        assertEachRowOnce();
    }

    @Test
    void zombie_isFenced_andConfirmsNothing() throws Exception {
        insert(10);
        SuspendedValue value = new SuspendedValue(15);
        String name = database.unique("zombie");
        try (Walwire zombie = KafkaInstances.durable(database.url(), KafkaInstances.slot(database), name)
                .sink(KafkaInstances.sink(database)
                        .topic(database.name() + ".{schema}.{table}")
                        .value(value)
                        .build())
                .start()) {
            assertThat(zombie.awaitCurrent(LONG)).isTrue();
            insert(10);
            value.awaitSuspended();
            try (Walwire next = start(KafkaInstances.sink(database))) {
                Eventually.until(LONG, () -> {
                    database.query(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name LIKE ?",
                            "%" + name + "%");
                    return next.state() == State.STREAMING;
                });
                assertThat(next.awaitCurrent(LONG)).isTrue();
                value.go();
                assertThatThrownBy(() -> zombie.awaitTermination(LONG))
                        .isInstanceOfSatisfying(WalwireException.class, e -> assertThat(e.code())
                                .isEqualTo(ErrorCode.SINK))
                        .hasMessageContaining(
                                "Another instance with the same server, database and slot has taken over");
                insert(10);
                assertThat(next.awaitCurrent(LONG)).isTrue();
            }
        }
        assertEachRowOnce();
    }

    @Test
    void anotherProducer_fences_nothingIsConfirmed() throws Exception {
        Lsn end;
        try (Walwire walwire = start(KafkaInstances.sink(database))) {
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            try (KafkaProducer<byte[], byte[]> other =
                    producer(Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId()))) {
                other.initTransactions();
            }
            insert(1);
            end = Lsn.parse(database.currentLsn());
            assertThatThrownBy(() -> walwire.awaitTermination(LONG)).hasMessageContaining("has taken over");
        }
        assertThat(KafkaInstances.confirmed(database)).isLessThan(end);
        assertThat(item()).hasSize(1);
        try (Walwire walwire = start(KafkaInstances.sink(database))) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertEachRowOnce();
    }

    private String transactionalId() throws SQLException {
        return "walwire-" + database.queryString("SELECT system_identifier::text FROM pg_control_system()") + "-"
                + database.name() + "-" + KafkaInstances.slot(database);
    }

    /** Suspended for longer than the coordinator waits, without another instance. */
    @Test
    void transactionThatTheCoordinatorHasEnded_isDoneAgain() throws Exception {
        insert(10);
        SuspendedValue value = new SuspendedValue(15);
        try (Walwire walwire =
                start(KafkaInstances.sink(database).value(value).producer("transaction.timeout.ms", "5000"))) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            insert(10);
            value.awaitSuspended();
            try (Admin admin = broker.admin()) {
                String id = transactionalId();
                Eventually.until(
                        LONG,
                        () -> admin.describeTransactions(List.of(id))
                                        .description(id)
                                        .get()
                                        .state()
                                == TransactionState.COMPLETE_ABORT);
            }
            value.go();
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertEachRowOnce();
    }

    private KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrap());
        settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        return new KafkaProducer<>(settings);
    }

    @Test
    void positionOfAnotherServer_isAGap() throws Exception {
        StreamKey elsewhere = new StreamKey("1234567890", database.name(), KafkaInstances.slot(database));
        String position = "{\"position\":\"1 1234567890 1 0/0#-1 0/0 complete 0/5000000\"}";
        try (Walwire walwire = start(KafkaInstances.sink(database))) {
            insert(1); // makes the topic
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        String positions = KafkaInstances.positions(database) + "-moved";
        try (KafkaProducer<byte[], byte[]> other = producer(Map.of())) {
            try (Admin admin = broker.admin()) {
                admin.createTopics(List.of(
                                new NewTopic(positions, 2, (short) 1).configs(Map.of("cleanup.policy", "compact"))))
                        .all()
                        .get();
            }
            other.send(new ProducerRecord<>(positions, 0, elsewhere.bytes(), position.getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
        try (Walwire walwire = start(KafkaInstances.sink(database).positions(positions))) {
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        List<Seen> messages = committed.of(database.name() + ".messages");
        assertThat(messages).hasSize(1);
        assertThat(messages.get(0).key()).isEqualTo("\"gap\"");
        assertThat(messages.get(0).json().at("/gap/reason").asText())
                .contains("is of another server: its system identifier differs");
        assertEachRowOnce();
    }

    @Test
    void slotThatWasMovedOn_isAGap() throws Exception {
        try (Walwire walwire = start(KafkaInstances.sink(database))) {
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        insert(1);
        database.queryString(
                "SELECT end_lsn::text FROM pg_replication_slot_advance(?, pg_current_wal_lsn())",
                KafkaInstances.slot(database));
        try (Walwire walwire = start(KafkaInstances.sink(database))) {
            insert(1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(committed.of(database.name() + ".messages").stream()
                        .map(gap -> gap.json().at("/gap/reason").asText()))
                .singleElement()
                .asString()
                .contains("lies before the position of the slot");
        assertThat(ids(item())).containsExactlyInAnyOrder(1L, 3L);
    }

    private void assertTooLarge(KafkaSink.Builder sink, String... words) throws Exception {
        Lsn end;
        try (Walwire walwire = start(sink)) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1, 'small')",
                    "INSERT INTO item VALUES (2, repeat('x', 2000000))",
                    "INSERT INTO item VALUES (3, 'small')");
            end = Lsn.parse(database.currentLsn());
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .isInstanceOfSatisfying(
                            WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SINK))
                    .hasMessageContainingAll(words);
        }
        assertThat(KafkaInstances.confirmed(database)).isLessThan(end);
        assertThat(item()).isEmpty();
    }

    @Test
    void recordTooLarge_isFoundBeforeItIsSent_andNamed() throws Exception {
        assertTooLarge(
                KafkaInstances.sink(database),
                "The record of insert",
                "#1 of public.item for topic " + KafkaInstances.topic(database, "item") + " has 200",
                "bytes; walwire.kafka.producer.max.request.size is 1048576");
        database.sql("TRUNCATE item");
        database.queryString(
                "SELECT end_lsn::text FROM pg_replication_slot_advance(?, pg_current_wal_lsn())",
                KafkaInstances.slot(database));
        assertTooLarge(
                KafkaInstances.sink(database).producer("max.request.size", "4000000"),
                "RecordTooLargeException",
                "Raise max.message.bytes of the topic");
    }
}
