package io.walwire.kafka;

import java.util.Set;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

/**
 * What the brokers say about a topic.
 *
 * @param state whether it is there, as far as the client may know
 * @param replicas of the partition that has least
 * @param allowed what the client may do with it; null if the brokers do not say
 * @param settings null if the client may not read them
 */
record TopicFacts(
        String name,
        State state,
        int replicas,
        @Nullable Set<AclOperation> allowed,
        @Nullable Config settings) {
    /** Whether a topic is there. */
    enum State {
        FOUND,
        MISSING,
        HIDDEN
    }

    static TopicFacts found(TopicDescription description, @Nullable Config settings) {
        int replicas = description.partitions().stream()
                .mapToInt(partition -> partition.replicas().size())
                .min()
                .orElse(0);
        return new TopicFacts(description.name(), State.FOUND, replicas, description.authorizedOperations(), settings);
    }

    static TopicFacts without(String name, State state) {
        return new TopicFacts(name, state, 0, null, null);
    }

    boolean allows(AclOperation operation) {
        return allowed == null || allowed.contains(operation) || allowed.contains(AclOperation.ALL);
    }

    /** Whether Kafka keeps the last record of each key, as positions need it. True if it is not known. */
    boolean isCompacted() {
        String policy = setting(TopicConfig.CLEANUP_POLICY_CONFIG);
        return policy.isEmpty() || policy.equals(TopicConfig.CLEANUP_POLICY_COMPACT);
    }

    /** Empty if it is not known. */
    String setting(String key) {
        ConfigEntry entry = settings == null ? null : settings.get(key);
        return entry == null || entry.value() == null ? "" : entry.value();
    }
}
