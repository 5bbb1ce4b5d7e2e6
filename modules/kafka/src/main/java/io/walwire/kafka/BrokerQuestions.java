package io.walwire.kafka;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** Questions to the brokers. No answer changes anything. */
final class BrokerQuestions {
    private final Admin admin;

    /** The brokers that answer. */
    private final Collection<Node> nodes;

    private final @Nullable Set<AclOperation> cluster;

    /** The settings of one broker; null if the client may not read them. */
    private final @Nullable Config settings;

    BrokerQuestions(Admin admin) {
        this.admin = admin;
        DescribeClusterResult described =
                admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
        this.nodes = Replies.await(described.nodes());
        this.cluster = Replies.await(described.authorizedOperations());
        this.settings = settings(new ConfigResource(
                ConfigResource.Type.BROKER, nodes.iterator().next().idString()));
    }

    int brokers() {
        return nodes.size();
    }

    /** What the client may do with the cluster; null if the brokers do not say. */
    @Nullable
    Set<AclOperation> allowedOnCluster() {
        return cluster;
    }

    /** A setting of the brokers; empty if the client may not read it. */
    String setting(String key) {
        ConfigEntry entry = settings == null ? null : settings.get(key);
        return entry == null || entry.value() == null ? "" : entry.value();
    }

    private @Nullable Config settings(ConfigResource resource) {
        try {
            return Replies.await(admin.describeConfigs(List.of(resource)).all()).get(resource);
        } catch (AuthorizationException e) {
            return null;
        }
    }

    /** Topics in the order of their names given. */
    List<TopicFacts> topics(Collection<String> names) {
        List<TopicFacts> all = new ArrayList<>();
        Map<String, KafkaFuture<TopicDescription>> replies = admin.describeTopics(
                        names, new DescribeTopicsOptions().includeAuthorizedOperations(true))
                .topicNameValues();
        for (String name : names) {
            KafkaFuture<TopicDescription> reply = replies.get(name);
            if (reply != null) {
                all.add(topic(name, reply));
            }
        }
        return all;
    }

    private TopicFacts topic(String name, KafkaFuture<TopicDescription> reply) {
        try {
            return TopicFacts.found(
                    Replies.await(reply), settings(new ConfigResource(ConfigResource.Type.TOPIC, name)));
        } catch (UnknownTopicOrPartitionException e) {
            return TopicFacts.without(name, TopicFacts.State.MISSING);
        } catch (AuthorizationException e) {
            return TopicFacts.without(name, TopicFacts.State.HIDDEN);
        }
    }

    /** Why topics could not be created, by name; those that could are not there. */
    Map<String, KafkaException> refusedCreation(Collection<NewTopic> topics) {
        Map<String, KafkaException> refused = new LinkedHashMap<>();
        admin.createTopics(topics, new CreateTopicsOptions().validateOnly(true))
                .values()
                .forEach((name, reply) -> {
                    try {
                        Replies.await(reply);
                    } catch (KafkaException e) {
                        refused.put(name, e);
                    }
                });
        return refused;
    }

    /** Whether the client may ask about a transactional id, which who may use it may. */
    boolean maySee(String transactionalId) {
        try {
            Replies.await(admin.describeTransactions(List.of(transactionalId)).description(transactionalId));
            return true;
        } catch (TransactionalIdNotFoundException e) {
            return true;
        } catch (AuthorizationException e) {
            return false;
        }
    }
}
