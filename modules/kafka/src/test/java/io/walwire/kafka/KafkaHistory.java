package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.kafka.CommittedRecords.Seen;
import io.walwire.testing.Eventually;
import io.walwire.testing.Suspended;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process writes changes to two brokers while faults happen. The faults, their moments and the changes are random. */
final class KafkaHistory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaHistory.class);
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final int TRANSACTION_MILLIS = 3_000;
    private static final int MOST_CHANGES = 1_500;
    private static final int MOST_TOGETHER = 60;
    private static final int LATEST_MILLIS = 300;

    private final TestDatabase database;
    private final Random random;
    private final BrokerPair brokers = BrokerPair.shared();
    private final CommittedRecords committed = new CommittedRecords(brokers.bootstrap());
    private final NumberedChanges changes = new NumberedChanges();
    private final List<Process> processes = new ArrayList<>();

    /** What goes wrong. */
    enum Fault {
        PROCESS_KILLED,
        PROCESS_SUSPENDED,
        SLOT_TAKEN_OVER,
        PRODUCER_FENCED,
        BROKER_KILLED,
        BROKER_SUSPENDED,
        COORDINATOR_MOVED,
        ANSWERS_LOST,
        REQUESTS_LOST,
        DISK_FULL,
        TOPIC_DELETED
    }

    KafkaHistory(TestDatabase database, Random random) {
        this.database = database;
        this.random = random;
    }

    /** Plays so many faults, and checks what a consumer sees. */
    void play(int faults) throws Exception {
        KafkaInstances.prepare(database);
        write();
        awaitStored();
        for (int i = 0; i < faults; i++) {
            Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
            LOG.info("{}", fault);
            Runnable write = nextWrite();
            CompletableFuture<Void> writing = CompletableFuture.runAsync(write);
            try {
                happens(fault, writing);
            } finally {
                writing.get(LONG.toSeconds(), TimeUnit.SECONDS);
            }
            awaitStored();
        }
        end();
        try (Walwire walwire = KafkaInstances.durable(database)
                .sink(KafkaInstances.sink(database)
                        .bootstrap(brokers.bootstrap())
                        .build())
                .start()) {
            write();
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        changes.assertEachOnce(item());
    }

    private List<Seen> item() throws Exception {
        return committed.of(KafkaInstances.topic(database, "item"));
    }

    private void write() {
        nextWrite().run();
    }

    /** By any thread; what it writes is drawn now, so that a seed repeats it. */
    private Runnable nextWrite() {
        int count = 1 + random.nextInt(MOST_CHANGES);
        int together = 1 + random.nextInt(MOST_TOGETHER);
        return () -> {
            try (Connection connection = database.connect()) {
                changes.write(connection, count, together);
            } catch (SQLException e) {
                throw new CompletionException(e);
            }
        };
    }

    private void run() throws IOException {
        processes.add(KafkaSinkProcess.startAt(
                brokers.proxiedBootstrap(),
                database,
                "walwire.buffer=" + (processes.size() % 2 == 0 ? "64KiB" : "1MiB"),
                "walwire.kafka.producer.transaction.timeout.ms=" + TRANSACTION_MILLIS,
                "walwire.kafka.producer.max.block.ms=3000",
                "walwire.kafka.producer.request.timeout.ms=2000"));
    }

    /** The one that was started last; another one if it has ended, as one does that was fenced. */
    private Process process() throws IOException {
        if (processes.isEmpty() || !processes.get(processes.size() - 1).isAlive()) {
            run();
        }
        return processes.get(processes.size() - 1);
    }

    /** All that was written is stored and confirmed. */
    private void awaitStored() {
        long began = System.nanoTime();
        Eventually.until(LONG, () -> {
            assertThat(process()).isNotNull();
            return changes.areConfirmedBy(KafkaInstances.confirmed(database));
        });
        LOG.info("stored after {} ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    }

    /** A moment that no state of the system marks. */
    private void moment() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(LATEST_MILLIS)));
    }

    private void happens(Fault fault, CompletableFuture<Void> writing) throws Exception {
        moment();
        switch (fault) {
            case TOPIC_DELETED -> {
                writing.get(LONG.toSeconds(), TimeUnit.SECONDS);
                deleteTopic();
            }
            case SLOT_TAKEN_OVER -> takeOver(writing);
            case DISK_FULL -> fillDisk(writing);
            case PROCESS_KILLED -> {
                KafkaSinkProcess.kill(process());
                run();
            }
            case PROCESS_SUSPENDED -> suspended(Suspended.process(process().toHandle()));
            case PRODUCER_FENCED -> {
                fence();
                writing.get(LONG.toSeconds(), TimeUnit.SECONDS);
                write(); // which the fenced one cannot store
            }
            case BROKER_KILLED -> {
                Broker broker = broker();
                broker.kill();
                moment();
                broker.start();
            }
            case BROKER_SUSPENDED -> suspended(broker().suspend());
            case COORDINATOR_MOVED -> brokers.moveCoordinatorTo(broker());
            case ANSWERS_LOST, REQUESTS_LOST -> lose(fault == Fault.ANSWERS_LOST);
        }
    }

    private Broker broker() {
        return random.nextBoolean() ? brokers.first() : brokers.second();
    }

    /** For longer than the coordinator waits for a transaction, or not. */
    private void suspended(Suspended process) {
        try (process) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(2 * TRANSACTION_MILLIS)));
        }
    }

    /** The process stands still while another one takes the slot. */
    private void takeOver(CompletableFuture<Void> writing) throws Exception {
        Process zombie = process();
        try (Suspended suspended = Suspended.process(zombie.toHandle())) {
            assertThat(suspended).isNotNull();
            database.terminateWalsenders();
            run();
            awaitStored();
        }
        writing.get(LONG.toSeconds(), TimeUnit.SECONDS);
        write();
        awaitStored(); // by either of them
        KafkaSinkProcess.kill(zombie);
    }

    private void fence() throws SQLException {
        String id = "walwire-" + database.queryString("SELECT system_identifier::text FROM pg_control_system()") + "-"
                + database.name() + "-" + KafkaInstances.slot(database);
        try (KafkaProducer<byte[], byte[]> other = new KafkaProducer<>(Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                brokers.bootstrap(),
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                id,
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                ByteArraySerializer.class,
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                ByteArraySerializer.class))) {
            other.initTransactions();
        }
    }

    private void lose(boolean answers) {
        int most = 1 + random.nextInt(5);
        for (Broker broker : Arrays.asList(brokers.first(), brokers.second())) {
            if (answers) {
                broker.proxy().loseAnswers(most);
            } else {
                broker.proxy().loseRequests(most);
            }
        }
    }

    /** Of the second broker, which ends by that. */
    private void fillDisk(CompletableFuture<Void> writing) throws Exception {
        Broker broker = brokers.second();
        if (!broker.hasDisk()) {
            return;
        }
        broker.disk().fill();
        try {
            writing.get(LONG.toSeconds(), TimeUnit.SECONDS);
            write();
            Eventually.until(LONG, () -> !broker.isRunning());
        } finally {
            broker.disk().free();
            broker.start();
        }
    }

    private void deleteTopic() throws Exception {
        awaitStored();
        changes.assertEachOnce(item());
        try (Admin admin = brokers.admin()) {
            admin.deleteTopics(List.of(KafkaInstances.topic(database, "item")))
                    .all()
                    .get();
            Eventually.until(LONG, () -> item().isEmpty());
        }
        changes.forget();
    }

    private void end() throws InterruptedException {
        for (Process process : processes) {
            KafkaSinkProcess.kill(process);
        }
    }

    @Override
    public void close() throws InterruptedException {
        end();
        brokers.first().proxy().passAll();
        brokers.second().proxy().passAll();
    }
}
