package io.walwire.kafka;

import io.walwire.internal.log.Logs;
import io.walwire.sink.SinkContext;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Topics that the brokers do not create, because the name of another one differs only in dots and underscores: Kafka's metrics would have
 * one name for both. Tables have such names, so that another topic has the records. Of one instance.
 */
final class RefusedTopics {
    private static final Logger LOG = Logs.of(RefusedTopics.class);

    private final KafkaOptions options;
    private final SinkContext context;
    private final Set<String> refused = ConcurrentHashMap.newKeySet();

    RefusedTopics(KafkaOptions options, SinkContext context) {
        this.options = options;
        this.context = context;
    }

    /** The topic that records go to. */
    String writable(String wanted) {
        return refused.contains(wanted) ? TopicNames.escaped(wanted) : options.writable(wanted);
    }

    /**
     * Asks the brokers after a failure whether they refuse a topic's name.
     *
     * @param topic null if no topic's record was refused
     * @return whether its records go to another topic from now on, so that another attempt may succeed
     */
    boolean isFound(RuntimeException failure, @Nullable String topic) {
        if (topic == null
                || topic.equals(options.transactions()) // its readers look for it under this name alone
                || !KafkaFailure.has(failure, UnknownTopicOrPartitionException.class)
                || !isRefused(topic)
                || !refused.add(topic)) {
            return false;
        }
        LOG.warn(
                "Kafka does not create the topic {} beside one whose name differs only in dots and underscores. Its"
                        + " records go to the topic {}. With walwire.kafka.topic={name}-{schema}-{table} no two tables of"
                        + " usual names have such topics",
                topic,
                TopicNames.escaped(topic));
        return true;
    }

    private boolean isRefused(String topic) {
        try (Admin admin = Admin.create(options.forAdmin(context))) {
            return new BrokerQuestions(admin)
                            .refusedCreation(
                                    List.of(new NewTopic(topic, Optional.<Integer>empty(), Optional.<Short>empty())))
                            .get(topic)
                    instanceof InvalidTopicException;
        } catch (KafkaException e) {
            LOG.debug("The brokers do not say why the topic {} is missing: {}", topic, e.toString());
            return false;
        }
    }
}
