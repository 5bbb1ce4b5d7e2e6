package io.walwire.kafka;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
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
    private @Nullable Cluster asked;
    private @Nullable Map<String, String> settings;

    /**
     * What the brokers say of all of them.
     *
     * @param allowed what the client may do with the cluster; null if the brokers do not say
     */
    private record Cluster(Collection<Node> nodes, @Nullable Set<AclOperation> allowed) {}

    BrokerQuestions(Admin admin) {
        this.admin = admin;
    }

    /** Asked once. */
    private Cluster cluster() {
        Cluster known = asked;
        if (known == null) {
            DescribeClusterResult described =
                    admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
            known = new Cluster(Replies.await(described.nodes()), Replies.await(described.authorizedOperations()));
            asked = known;
        }
        return known;
    }

    /** How many answer. */
    int brokers() {
        return cluster().nodes().size();
    }

    /** What the client may do with the cluster; null if the brokers do not say. */
    @Nullable
    Set<AclOperation> allowedOnCluster() {
        return cluster().allowed();
    }

    /** A setting of the brokers; empty if the client may not read it. One broker is asked, once. */
    String setting(String key) {
        Map<String, String> known = settings;
        if (known == null) {
            known = new HashMap<>();
            String broker = cluster().nodes().iterator().next().idString();
            Config read = settings(new ConfigResource(ConfigResource.Type.BROKER, broker));
            for (ConfigEntry entry : read == null ? List.<ConfigEntry>of() : read.entries()) {
                if (entry.value() != null) {
                    known.put(entry.name(), entry.value());
                }
            }
            settings = known;
        }
        return known.getOrDefault(key, "");
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

    /** One topic. */
    TopicFacts topic(String name) {
        return topics(List.of(name)).get(0);
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
