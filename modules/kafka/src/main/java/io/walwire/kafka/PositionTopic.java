package io.walwire.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.log.Logs;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkNote;
import io.walwire.sink.SinkPosition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The compacted topic that holds the position of each stream, and its notes. */
final class PositionTopic {
    private static final Logger LOG = Logs.of(PositionTopic.class);

    /** One for all, whatever their keys: how many partitions there are does not matter, nor does adding some. */
    private static final int PARTITION = 0;

    private static final String POSITION = "position";
    private static final String GROUP = "group";
    private static final Duration POLL = Duration.ofMillis(200);

    /** A broker lets no transaction of another instance stay open for longer, if its settings are the usual ones. */
    private static final Duration LONGEST_TRANSACTION = Duration.ofMinutes(16);

    /** Small, so that the broker's cleaner gets at old positions, and a start reads little. */
    private static final String SEGMENT_BYTES = Integer.toString(16 << 20);

    private final KafkaOptions options;
    private final SinkContext context;
    private final StreamKey key;
    private final String topic;
    private final Duration longestTransaction;

    PositionTopic(KafkaOptions options, SinkContext context) {
        this(options, context, LONGEST_TRANSACTION);
    }

    /**
     * With another bound.
     *
     * @param longestTransaction how long a read waits for a transaction of another producer
     */
    PositionTopic(KafkaOptions options, SinkContext context, Duration longestTransaction) {
        this.options = options;
        this.context = context;
        this.longestTransaction = longestTransaction;
        this.key = StreamKey.of(context);
        this.topic = options.positions();
    }

    /** The record of a group's end. */
    ProducerRecord<byte[], byte[]> record(StoredGroup group) {
        byte[] value = ExactJson.bytes(
                ExactJson.object().put(POSITION, group.position().toString()).put(GROUP, group.id()));
        return new ProducerRecord<>(topic, PARTITION, key.bytes(), value);
    }

    /** The record of a note; without a value where nothing is to be known any more. */
    static ProducerRecord<byte[], byte[]> record(String topic, StreamKey stream, SinkNote note) {
        String text = note.text();
        byte[] value = text == null ? null : text.getBytes(StandardCharsets.UTF_8);
        return new ProducerRecord<>(topic, PARTITION, stream.bytes(note), value);
    }

    /** Makes sure that the topic is there, and keeps each key's last record. */
    void require() {
        try (Admin admin = Admin.create(options.forAdmin(context))) {
            BrokerQuestions ask = new BrokerQuestions(admin);
            TopicFacts found = ask.topic(topic);
            switch (found.state()) {
                case MISSING -> create(admin);
                case HIDDEN -> throw new TopicAuthorizationException(Set.of(topic));
                case FOUND -> check(found, ask);
            }
        }
    }

    private void check(TopicFacts found, BrokerQuestions ask) {
        if (!found.isCompacted()) {
            throw new WalwireException(
                    ErrorCode.SINK,
                    "The topic " + topic + " holds positions, but its cleanup.policy is "
                            + found.setting(TopicConfig.CLEANUP_POLICY_CONFIG)
                            + ". Kafka would delete positions. Without them, records come twice.",
                    "Set cleanup.policy=compact on it, or name another topic by walwire.kafka.positions.");
        }
        if (found.settings() == null) {
            LOG.warn("The client may not read the settings of the topic {}. It needs cleanup.policy=compact", topic);
        }
        if (found.replicas() == 1 && ask.brokers() > 1) {
            LOG.warn("The topic {} has one replica: the positions are lost with one broker", topic);
        }
    }

    /** The topic as the sink creates it. */
    static NewTopic asCreated(String topic) {
        return new NewTopic(topic, Optional.of(1), Optional.empty())
                .configs(Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_COMPACT,
                        TopicConfig.SEGMENT_BYTES_CONFIG,
                        SEGMENT_BYTES));
    }

    private void create(Admin admin) {
        try {
            Replies.await(admin.createTopics(List.of(asCreated(topic))).all());
            LOG.info("Created the topic {} for positions", topic);
        } catch (TopicExistsException e) {
            LOG.debug("Another instance has created the topic {}", topic);
        }
    }

    /**
     * The position of this stream. Without one, the last position of the same slot and database on another server, so that the loss is
     * found. Read after {@code initTransactions} of the producer, so that no transaction of an earlier one is open.
     */
    Positions read() {
        return readTo(IsolationLevel.READ_UNCOMMITTED);
    }

    /**
     * The position of this stream that lies before all open transactions, without waiting for their ends; empty if there is none. An
     * open transaction of any stream hides what lies behind its beginning.
     */
    Optional<StoredGroup> readCommitted() {
        return Optional.ofNullable(readTo(IsolationLevel.READ_COMMITTED).own);
    }

    /** Reads to where the log ends; with {@code READ_UNCOMMITTED}, transactions that are open are included, and waited for. */
    private Positions readTo(IsolationLevel level) {
        Positions found = new Positions();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(options.forConsumer(context))) {
            TopicPartition partition = new TopicPartition(topic, PARTITION);
            long end = end(partition, level);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long at = consumer.position(partition);
            long moved = System.nanoTime();
            while (at < end) {
                consumer.poll(POLL).forEach(found::add);
                long next = consumer.position(partition);
                if (next > at) {
                    moved = System.nanoTime();
                } else if (System.nanoTime() - moved > longestTransaction.toNanos()) {
                    throw stuck(partition, at);
                }
                at = next;
            }
            return found;
        }
    }

    /** Why nothing has come. Brokers that have gone away come back: only an open transaction, which they report, is final. */
    private RuntimeException stuck(TopicPartition partition, long at) {
        String what = "The topic " + topic + " cannot be read to its end: ";
        if (end(partition, IsolationLevel.READ_COMMITTED) > at) {
            return new TimeoutException(
                    what + "its broker has sent nothing for " + longestTransaction.toMinutes() + " minutes.");
        }
        return new WalwireException(
                ErrorCode.SINK,
                what + "a transaction of another producer has been open for " + longestTransaction.toMinutes()
                        + " minutes.",
                "End it with kafka-transactions.sh abort.");
    }

    /** Where the log ends. The topic is there: a broker that does not know it is behind the controller, and is asked again. */
    private long end(TopicPartition partition, IsolationLevel level) {
        Backoff backoff = Retries.backoff();
        long began = System.nanoTime();
        try (Admin admin = Admin.create(options.forAdmin(context))) {
            while (true) {
                try {
                    return Replies.await(admin.listOffsets(
                                            Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(level))
                                    .partitionResult(partition))
                            .offset();
                } catch (UnknownTopicOrPartitionException e) {
                    if (System.nanoTime() - began > TimeUnit.MILLISECONDS.toNanos(options.waitMillis())) {
                        throw KafkaFailure.unknownForNow(topic, e);
                    }
                    Retries.pause(backoff);
                }
            }
        }
    }

    /** What the records say; later ones win. */
    final class Positions {
        private @Nullable StoredGroup own;
        private @Nullable StoredGroup elsewhere;
        private final Map<String, SinkNote> notes = new HashMap<>();

        private void add(ConsumerRecord<byte[], byte[]> record) {
            StreamKey.Read of = record.key() == null ? null : StreamKey.read(record.key());
            if (of != null && of.note() != null) {
                if (of.stream().equals(key)) {
                    note(of.note(), record.value());
                }
            } else if (of != null && record.value() != null) {
                if (of.stream().equals(key)) {
                    own = group(record.value());
                } else if (of.stream().isElsewhere(key)) {
                    elsewhere = group(record.value());
                }
            }
        }

        private void note(String name, byte @Nullable [] value) {
            if (value == null) {
                notes.remove(name);
            } else {
                notes.put(name, new SinkNote(name, new String(value, StandardCharsets.UTF_8)));
            }
        }

        private StoredGroup group(byte[] value) {
            try {
                JsonNode json = ExactJson.read(new String(value, StandardCharsets.UTF_8));
                return new StoredGroup(
                        SinkPosition.parse(json.path(POSITION).asText()),
                        json.path(GROUP).asText());
            } catch (IllegalArgumentException | IllegalStateException e) {
                throw new WalwireException(
                        ErrorCode.SINK,
                        "The topic " + topic + " holds a position for this slot that cannot be read.",
                        "It is of a later version of Walwire, or of another program: update, or name another topic by"
                                + " walwire.kafka.positions.",
                        e);
            }
        }

        Optional<StoredGroup> group() {
            return Optional.ofNullable(own != null ? own : elsewhere);
        }

        List<SinkNote> notes() {
            return List.copyOf(notes.values());
        }
    }
}
