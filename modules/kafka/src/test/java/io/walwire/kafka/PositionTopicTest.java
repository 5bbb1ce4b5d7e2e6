package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.walwire.error.WalwireException;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkNote;
import io.walwire.sink.SinkPosition;
import io.walwire.testing.Eventually;
import io.walwire.testing.Suspended;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is read of the topic of positions: never less than it holds, and never with a wrong reason. */
class PositionTopicTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final StoredGroup GROUP =
            new StoredGroup(SinkPosition.parse("1 7000 1 0/1A#0 0/0 complete 0/1A"), "a-group");

    private final Broker broker = Broker.shared();
    private final LossyProxy proxy = broker.proxy();
    private final String name = "positions-" + UUID.randomUUID();
    private final Stream stream = new Stream(name);

    private record Stream(String instance) implements SinkContext {
        @Override
        public String database() {
            return "shop";
        }

        @Override
        public String slot() {
            return "shop";
        }

        @Override
        public String systemId() {
            return "7000";
        }

        @Override
        public int timeline() {
            return 1;
        }
    }

    @BeforeEach
    void topic() {
        topic("10000", LONG).require();
    }

    @AfterEach
    void pass() {
        proxy.passAll();
    }

    private KafkaOptions options(String waitMillis) {
        return new KafkaOptions(
                broker.proxiedBootstrap(),
                Topics.of("{table}"),
                KafkaValue.json(),
                KafkaSink.Delivery.EXACTLY_ONCE,
                name,
                null,
                "messages",
                Map.of(
                        "max.block.ms",
                        waitMillis,
                        "request.timeout.ms",
                        "5000",
                        // a transaction stays open while a suspended broker is waited for
                        "transaction.timeout.ms",
                        "120000"));
    }

    private PositionTopic topic(String waitMillis, Duration longestTransaction) {
        return new PositionTopic(options(waitMillis), stream, longestTransaction);
    }

    private KafkaProducer<byte[], byte[]> producer() {
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(options("10000").forProducer(stream, name));
        producer.initTransactions();
        return producer;
    }

    /** Sends a position, and leaves its transaction open. */
    private void begin(KafkaProducer<byte[], byte[]> producer) {
        producer.beginTransaction();
        Future<RecordMetadata> unused =
                producer.send(topic("10000", LONG).record(GROUP)); // the commit fails if it fails
        producer.flush();
    }

    private void store() {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            begin(producer);
            producer.commitTransaction();
        }
    }

    @Test
    void notes_areTheLastOfEachName_withoutThoseThatAreRemoved() {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            producer.beginTransaction();
            send(producer, new SinkNote("kept", "first"));
            send(producer, new SinkNote("removed", "first"));
            send(producer, new SinkNote("kept", "last"));
            send(producer, new SinkNote("removed", null));
            producer.commitTransaction();
        }
        assertThat(topic("10000", LONG).read().notes()).containsExactly(new SinkNote("kept", "last"));
    }

    private void send(KafkaProducer<byte[], byte[]> producer, SinkNote note) {
        Future<RecordMetadata> unused = // the commit fails if it fails
                producer.send(PositionTopic.record(name, StreamKey.of(stream), note));
    }

    @Test
    void openTransactionOfAnotherProducer_isNamed() {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            begin(producer);
            assertThatThrownBy(() -> topic("10000", SHORT).read())
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContaining("The topic " + name + " cannot be read to its end: a transaction of another")
                    .hasMessageContaining("End it with kafka-transactions.sh abort.");
            producer.commitTransaction();
            assertThat(topic("10000", LONG).read().group()).contains(GROUP);
        }
    }

    /** The end of the log is known then. Brokers come back, so that the sink may try again. */
    @Test
    void brokersGoAway_whileItIsRead_thatPasses() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            begin(producer);
            int fetched = proxy.seen(ApiKeys.FETCH);
            CompletableFuture<Throwable> reading = CompletableFuture.supplyAsync(() ->
                    catchThrowable(() -> topic("10000", Duration.ofSeconds(30)).read()));
            Eventually.until(LONG, () -> proxy.seen(ApiKeys.FETCH) > fetched);
            Throwable failure;
            try (Suspended stopped = broker.suspend()) {
                assertThat(stopped).isNotNull();
                failure = reading.get(LONG.toSeconds(), TimeUnit.SECONDS);
            }
            assertThat(KafkaFailure.kind(failure)).as("%s", failure).isEqualTo(KafkaFailure.Kind.PASSING);
            producer.commitTransaction();
        }
    }

    @Test
    void brokerThatIsBehind_isAskedUntilItKnowsTheTopic() throws Exception {
        store();
        HiddenTopic hidden = new HiddenTopic(name);
        proxy.hide(hidden);
        CompletableFuture<Optional<StoredGroup>> reading =
                CompletableFuture.supplyAsync(() -> topic("60000", LONG).read().group());
        Eventually.until(LONG, () -> reading.isDone() || hidden.answers() > 2);
        assertThat(reading).isNotDone();
        proxy.passAll();
        assertThat(reading.get(LONG.toSeconds(), TimeUnit.SECONDS)).contains(GROUP);
    }

    @Test
    void brokerThatStaysBehind_thatPasses() {
        store();
        proxy.hide(new HiddenTopic(name));
        Throwable failure = catchThrowable(() -> topic("10000", LONG).read());
        assertThat(failure).hasMessage("The brokers do not know the topic " + name + ", which was there.");
        assertThat(KafkaFailure.kind(failure)).isEqualTo(KafkaFailure.Kind.PASSING);
    }
}
