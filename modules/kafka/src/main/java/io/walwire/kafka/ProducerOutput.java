package io.walwire.kafka;

import io.walwire.internal.log.Logs;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Records to one producer. A record that is too large is found before it is sent. */
final class ProducerOutput implements RecordWriter.Output {
    private static final Logger LOG = Logs.of(ProducerOutput.class);

    /** More than a record, its batch and each header take beside their bytes. */
    private static final int OVERHEAD = 128;

    private static final int HEADER_OVERHEAD = 10;

    private final KafkaProducer<byte[], byte[]> producer;
    private final int largest;
    private final RefusedTopics refusedTopics;

    /** The first record that Kafka has refused since {@link #begin}. */
    private volatile @Nullable Exception refused;

    /** Whose record that was, or whose partitions were asked for in vain. */
    private volatile @Nullable String refusedTopic;

    ProducerOutput(KafkaOptions options, Map<String, Object> settings, RefusedTopics refusedTopics) {
        this.producer = new KafkaProducer<>(settings);
        this.largest = options.largestRecord();
        this.refusedTopics = refusedTopics;
    }

    KafkaProducer<byte[], byte[]> producer() {
        return producer;
    }

    /** A group begins. */
    void begin() {
        refused = null;
        refusedTopic = null;
    }

    @Override
    public void send(ProducerRecord<byte[], byte[]> record, Supplier<String> what) {
        check(); // the next record would wait for the same broker, as long again
        int size = size(record);
        if (size > largest) {
            throw KafkaFailure.tooLarge(what.get(), record.topic(), size, largest);
        }
        String topic = record.topic(); // the callback keeps neither the record nor its event until Kafka answers
        // the callback gets what the future would
        Future<RecordMetadata> unused = producer.send(record, (metadata, failure) -> {
            if (failure != null && refused == null) {
                LOG.debug("Topic {} refuses a record: {}", topic, failure.toString());
                refusedTopic = topic;
                refused = failure;
            }
        });
    }

    private static int size(ProducerRecord<byte[], byte[]> record) {
        int size = OVERHEAD + length(record.key()) + length(record.value());
        for (Header header : record.headers()) {
            size += HEADER_OVERHEAD + header.key().length() + length(header.value());
        }
        return size;
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }

    @Override
    public int partitions(String topic) {
        check(); // else the topic of a record that was refused before would be taken for this one
        try {
            return producer.partitionsFor(topic).size();
        } catch (RuntimeException e) {
            refusedTopic = topic;
            throw e;
        }
    }

    @Override
    public String topic(String wanted) {
        return refusedTopics.writable(wanted);
    }

    /** Whether another attempt may succeed, with another topic. */
    boolean hasOtherTopic(RuntimeException failure) {
        return refusedTopics.isFound(failure, refusedTopic);
    }

    /** Throws why a record was refused. */
    void check() {
        Exception failure = refused;
        if (failure != null) {
            throw failure instanceof RuntimeException unchecked ? unchecked : new KafkaException(failure);
        }
    }
}
