package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.backfill.BackfillRun;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The network loses the commit of a group, or its answer: each change is there once, whatever became of the commit. */
class KafkaCommitsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Broker broker = Broker.shared();
    private final LossyProxy proxy = broker.proxy();
    private final NumberedChanges changes = new NumberedChanges();

    @BeforeEach
    void tables() throws SQLException {
        KafkaInstances.prepare(database);
    }

    @AfterEach
    void pass() {
        proxy.passAll();
    }

    private KafkaSink.Builder proxied() {
        return KafkaInstances.sink(database).bootstrap(broker.proxiedBootstrap());
    }

    private Walwire start(KafkaSink.Builder sink) {
        return KafkaInstances.durable(database).sink(sink.build()).start();
    }

    private void write(Walwire walwire, int count) throws Exception {
        try (Connection connection = database.connect()) {
            changes.write(connection, count, 3);
        }
        assertThat(walwire.awaitCurrent(LONG)).isTrue();
    }

    private void assertEachOnce() throws Exception {
        changes.assertEachOnce(new CommittedRecords(broker).of(KafkaInstances.topic(database, "item")));
    }

    @Test
    void answerIsLost_theCommitIsRepeated() throws Exception {
        try (Walwire walwire = start(proxied())) {
            write(walwire, 10);
            int before = proxy.lost();
            proxy.loseAnswers(3);
            write(walwire, 10);
            write(walwire, 10);
            assertThat(proxy.lost() - before).isEqualTo(3);
        }
        assertEachOnce();
    }

    @Test
    void requestIsLost_theCommitIsRepeated() throws Exception {
        try (Walwire walwire = start(proxied())) {
            write(walwire, 10);
            int before = proxy.lost();
            proxy.loseRequests(3);
            write(walwire, 10);
            write(walwire, 10);
            assertThat(proxy.lost() - before).isEqualTo(3);
        }
        assertEachOnce();
    }

    /** The sink gives up the producer. The commit is done, which the position shows to the next producer. */
    @Test
    void answersAreLost_forLongerThanTheTransactionTimeout_thePositionShowsTheCommit() throws Exception {
        outlivesTheTransactionTimeout(proxy::loseAllAnswers);
    }

    /** The sink gives up the producer. The transaction is aborted, and the group is written again. */
    @Test
    void requestsAreLost_forLongerThanTheTransactionTimeout_theGroupIsWrittenAgain() throws Exception {
        outlivesTheTransactionTimeout(proxy::loseAllRequests);
    }

    /** A broker that is behind the controller does not know the topic of positions: nothing follows from that. */
    @Test
    void answersAreLost_andThePositionsAreUnknown_thePositionShowsTheCommitLater() throws Exception {
        HiddenTopic positions = new HiddenTopic(KafkaInstances.positions(database));
        writePatiently();
        try (Walwire walwire = start(impatient());
                Connection connection = database.connect()) {
            proxy.loseAllAnswers();
            proxy.hide(positions);
            changes.write(connection, 10, 20); // one group
            Eventually.until(LONG, () -> positions.answers() > 1 || walwire.state() == State.FAILED);
            proxy.passAll();
            write(walwire, 10);
        }
        assertEachOnce();
    }

    /** Rows that were read do not move the position: the group's id shows that it is stored. */
    @Test
    void answersAreLost_forLongerThanTheTransactionTimeout_rowsThatWereReadComeOnce() throws Exception {
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "CREATE TABLE old (id int PRIMARY KEY)",
                "INSERT INTO old SELECT generate_series(1, 20)");
        writePatiently();
        try (Walwire walwire = start(impatient())) {
            int producers = proxy.seen(ApiKeys.INIT_PRODUCER_ID);
            proxy.loseAllAnswers();
            BackfillRun run = walwire.backfill("old").start();
            Eventually.until(LONG, () -> proxy.seen(ApiKeys.INIT_PRODUCER_ID) > producers);
            proxy.passAll();
            run.completion().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
        }
        List<String> reads = new CommittedRecords(broker)
                .of(KafkaInstances.topic(database, "old")).stream()
                        .filter(record -> record.json().get("type").asText().equals("read"))
                        .map(record -> String.valueOf(record.key()))
                        .toList();
        assertThat(reads).hasSize(20).doesNotHaveDuplicates();
    }

    private KafkaSink.Builder impatient() {
        return proxied().producer("transaction.timeout.ms", "5000").producer("max.block.ms", "5000");
    }

    /** A broker's first transaction takes longer than an impatient instance waits. */
    private void writePatiently() throws Exception {
        try (Walwire walwire = start(proxied())) {
            write(walwire, 10);
        }
    }

    private void outlivesTheTransactionTimeout(Runnable lose) throws Exception {
        writePatiently();
        try (Walwire walwire = start(impatient());
                Connection connection = database.connect()) {
            int producers = proxy.seen(ApiKeys.INIT_PRODUCER_ID);
            lose.run();
            changes.write(connection, 10, 20); // one group
            Eventually.until(LONG, () -> proxy.seen(ApiKeys.INIT_PRODUCER_ID) > producers);
            proxy.passAll();
            write(walwire, 10);
        }
        assertEachOnce();
    }
}
