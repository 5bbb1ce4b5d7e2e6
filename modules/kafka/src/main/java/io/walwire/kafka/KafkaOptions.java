package io.walwire.kafka;

import io.walwire.sink.SinkContext;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * What a sink was given.
 *
 * @param transactions the topic of the transactions' ends; null for none
 * @param messages the template of the topic of messages and gaps
 * @param producer settings of Kafka's producer
 */
record KafkaOptions(
        String bootstrap,
        Topics topics,
        KafkaValue value,
        KafkaSink.Delivery delivery,
        String positions,
        @Nullable String transactions,
        String messages,
        Map<String, String> producer) {
    private static final int WAIT_MILLIS = 15_000;

    private static final int LONGEST_TRANSACTION_MILLIS = 60_000;
    private static final int LARGEST_REQUEST = 1 << 20;
    private static final int BATCH_BYTES = 128 << 10;
    private static final Set<String> TAKEN = Set.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
            ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            ProducerConfig.ACKS_CONFIG);

    /** Refuses a setting that the sink has to make itself. */
    static void requireFree(String name) {
        if (name.equals(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG)) {
            throw new IllegalArgumentException(name + " cannot be set here; set bootstrap");
        }
        if (TAKEN.contains(name)) {
            throw new IllegalArgumentException(name + " cannot be set; Walwire sets it itself");
        }
    }

    /** The topic of messages and gaps. */
    String messageTopic(SinkContext context) {
        return writable(Topics.ofInstance(messages, context));
    }

    /** The topic that events go to, which is none of the sink's own records. */
    String writable(String wanted) {
        Set<String> own = transactions == null ? Set.of(positions) : new HashSet<>(List.of(positions, transactions));
        return TopicNames.writable(wanted, own);
    }

    boolean isExactlyOnce() {
        return delivery == KafkaSink.Delivery.EXACTLY_ONCE;
    }

    /**
     * The settings of the producer.
     *
     * @param transactionalId null for a producer without transactions
     */
    Map<String, Object> forProducer(SinkContext context, @Nullable String transactionalId) {
        Map<String, Object> all = new HashMap<>();
        all.put(ProducerConfig.CLIENT_ID_CONFIG, clientId(context));
        all.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, WAIT_MILLIS);
        // a record that waits for its broker is not given up: the slot keeps what comes behind it
        all.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.MAX_VALUE);
        all.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, LARGEST_REQUEST);
        all.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
        all.putAll(producer);
        all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        all.put(ProducerConfig.ACKS_CONFIG, "all");
        all.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        all.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        all.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        if (transactionalId != null) {
            all.putIfAbsent(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, LONGEST_TRANSACTION_MILLIS);
            all.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        }
        return all;
    }

    /** The settings of the admin client. */
    Map<String, Object> forAdmin(SinkContext context) {
        Map<String, Object> all = shared(AdminClientConfig.configNames());
        all.put(AdminClientConfig.CLIENT_ID_CONFIG, clientId(context) + "-admin");
        all.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, waitMillis());
        all.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, waitMillis());
        return all;
    }

    /** The settings of the consumer of the positions. */
    Map<String, Object> forConsumer(SinkContext context) {
        Map<String, Object> all = shared(ConsumerConfig.configNames());
        all.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId(context) + "-positions");
        all.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        all.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        all.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        all.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        return all;
    }

    /**
     * What all clients get. A name that Kafka does not know is of a class that another setting names, such as a provider of secrets, which
     * each client makes for itself. A producer's interceptors are no interceptors of a consumer.
     */
    private Map<String, Object> shared(Set<String> known) {
        Map<String, Object> all = new HashMap<>();
        producer.forEach((name, setting) -> {
            boolean common = known.contains(name) && !name.equals(ProducerConfig.INTERCEPTOR_CLASSES_CONFIG);
            if (common || !ProducerConfig.configNames().contains(name)) {
                all.put(name, setting);
            }
        });
        all.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        return all;
    }

    private static String clientId(SinkContext context) {
        return "walwire-" + context.instance() + "-" + context.slot();
    }

    /** The longest wait of one call for the brokers. */
    int waitMillis() {
        return number(ProducerConfig.MAX_BLOCK_MS_CONFIG, WAIT_MILLIS);
    }

    /** The longest record, by the producer's bound. */
    int largestRecord() {
        return number(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, LARGEST_REQUEST);
    }

    /** After this time the coordinator ends a transaction by itself. */
    int transactionMillis() {
        return number(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, LONGEST_TRANSACTION_MILLIS);
    }

    private int number(String name, int usual) {
        String given = producer.get(name);
        try {
            return given == null ? usual : Integer.parseInt(given.strip());
        } catch (NumberFormatException e) {
            return usual; // the producer refuses it, and says why
        }
    }

    /** Without the settings, which may be secret. */
    @Override
    public String toString() {
        return "KafkaOptions[" + bootstrap + ", " + delivery + ", producer " + producer.keySet() + "]";
    }
}
