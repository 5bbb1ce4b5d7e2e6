package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.Walwire;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.kafka.CommittedRecords.Seen;
import io.walwire.testing.Eventually;
import io.walwire.testing.Suspended;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Brokers that stand still, and topics and rights that go while an instance runs: each row is there once all the same. */
class KafkaOutagesTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int ROUNDS = Integer.getInteger("walwire.kafka.rounds", 1);

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
        database.sql(
                "INSERT INTO item SELECT g, 'tea' FROM generate_series(" + (rows + 1) + ", " + (rows + count) + ") g");
        rows += count;
    }

    private List<Seen> item() throws Exception {
        return committed.of(KafkaInstances.topic(database, "item"));
    }

    private static List<Long> ids(List<Seen> records) {
        return records.stream()
                .map(record -> record.json().at("/new_record/id").asLong())
                .sorted()
                .toList();
    }

    private void assertEachRowOnce() throws Exception {
        assertThat(ids(item()))
                .isEqualTo(LongStream.rangeClosed(1, rows).boxed().toList());
    }

    private Walwire start(KafkaSink.Builder sink) {
        return KafkaInstances.durable(database).sink(sink.build()).start();
    }

    @Test
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void brokerStandsStill_forLongerThanTheTransactionTimeout() throws Exception {
        KafkaSink.Builder sink = KafkaInstances.sink(database)
                .producer("transaction.timeout.ms", "3000")
                .producer("max.block.ms", "6000")
                .producer("request.timeout.ms", "3000")
                .producer("linger.ms", "0");
        try (Walwire walwire = start(sink)) {
            insert(10);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            for (int round = 0; round < ROUNDS; round++) {
                try (Suspended stopped = broker.suspend()) {
                    assertThat(stopped).isNotNull();
                    insert(10);
                    assertThat(walwire.awaitCurrent(Duration.ofSeconds(7))).isFalse();
                }
                insert(10);
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
        }
        assertEachRowOnce();
    }

    /** Where brokers create topics, the next record makes a new one. What was in the old one is gone. */
    @Test
    void topicIsDeleted_whatComesLaterIsThereOnce() throws Exception {
        try (Walwire walwire = start(KafkaInstances.sink(database))) {
            insert(10);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        try (Admin admin = broker.admin()) {
            admin.deleteTopics(List.of(KafkaInstances.topic(database, "item")))
                    .all()
                    .get();
            Eventually.until(LONG, () -> item().isEmpty());
        }
        try (Walwire walwire = start(KafkaInstances.sink(database))) {
            insert(10);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(ids(item())).isEqualTo(LongStream.rangeClosed(11, 20).boxed().toList());
    }

    /** As above, while an instance runs, which knows the topic that is gone. */
    @Test
    void topicIsDeleted_whileAnInstanceRuns_whatComesLaterIsThereOnce() throws Exception {
        NumberedChanges changes = new NumberedChanges();
        try (Walwire walwire = start(KafkaInstances.sink(database));
                Connection connection = database.connect();
                Admin admin = broker.admin()) {
            for (int round = 0; round <= ROUNDS; round++) {
                changes.write(connection, 20, 7);
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                changes.assertEachOnce(item());
                admin.deleteTopics(List.of(KafkaInstances.topic(database, "item")))
                        .all()
                        .get();
                Eventually.until(LONG, () -> item().isEmpty());
                changes.forget();
            }
            changes.write(connection, 20, 7);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        changes.assertEachOnce(item());
    }

    /** The broker ends, as it does when it cannot write. It starts when there is space. */
    @Test
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void diskIsFull_nothingIsConfirmed_andTheInstanceGoesOn() throws Exception {
        LimitedDisk disk = broker.disk();
        NumberedChanges changes = new NumberedChanges();
        try (Walwire walwire = start(KafkaInstances.sink(database).producer("max.block.ms", "10000"));
                Connection connection = database.connect()) {
            changes.write(connection, 20, 7);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            for (int round = 0; round < ROUNDS; round++) {
                disk.fill();
                try {
                    changes.write(connection, 500, 7);
                    Lsn end = Lsn.parse(database.currentLsn());
                    Eventually.until(LONG, () -> !broker.isRunning());
                    assertThat(walwire.awaitCurrent(Duration.ofMillis(500))).isFalse();
                    assertThat(KafkaInstances.confirmed(database)).isLessThan(end);
                } finally {
                    disk.free();
                    broker.start();
                }
                changes.write(connection, 20, 7);
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
        }
        changes.assertEachOnce(item());
    }

    @Test
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void rightIsTakenAway_nothingIsConfirmed_andARestartGoesOn() throws Exception {
        AclBinding all = Broker.right(ResourceType.TOPIC, database.name());
        AclBinding ids = Broker.right(ResourceType.TRANSACTIONAL_ID, "walwire-");
        try (Admin admin = broker.admin()) {
            Broker.allow(admin, List.of(all, ids));
            for (int round = 0; round < ROUNDS; round++) {
                endsWithoutARight(admin, all);
            }
            try (Walwire walwire = start(broker.asUser(KafkaInstances.sink(database), "tea"))) {
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            Broker.deny(admin, List.of(all, ids));
        }
        assertEachRowOnce();
    }

    private void endsWithoutARight(Admin admin, AclBinding right) throws Exception {
        Lsn end;
        int before;
        try (Walwire walwire = start(broker.asUser(KafkaInstances.sink(database), "tea"))) {
            insert(10);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            before = rows;
            Broker.deny(admin, List.of(right));
            insert(10);
            end = Lsn.parse(database.currentLsn());
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .isInstanceOfSatisfying(
                            WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SINK))
                    .hasMessageContaining("AuthorizationException")
                    .hasMessageContaining("walwire doctor prints the commands");
        }
        assertThat(KafkaInstances.confirmed(database)).isLessThan(end);
        assertThat(item()).hasSize(before);
        Broker.allow(admin, List.of(right));
    }
}
