package io.walwire.kafka;

import io.walwire.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.jspecify.annotations.Nullable;

/**
 * Two real brokers, which hold each partition twice. The first one is the controller, too. When the second one goes, the first one leads all
 * partitions.
 */
final class BrokerPair {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final TopicPartition TRANSACTIONS = new TopicPartition(Topic.TRANSACTION_STATE_TOPIC_NAME, 0);
    private static @Nullable BrokerPair shared;

    private final Broker first;
    private final Broker second;

    private BrokerPair() throws IOException {
        BrokerListeners listeners = BrokerListeners.ofOne();
        first = new Broker(listeners, 2);
        second = new Broker(listeners.another(2), 2);
    }

    /** One pair for all tests of this JVM; both run. */
    static synchronized BrokerPair shared() {
        try {
            BrokerPair pair = shared;
            if (pair == null) {
                pair = new BrokerPair();
                shared = pair;
            }
            pair.first.start();
            pair.second.start();
            return pair;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Broker first() {
        return first;
    }

    Broker second() {
        return second;
    }

    String bootstrap() {
        return first.bootstrap() + "," + second.bootstrap();
    }

    /** Through the proxies of both. */
    String proxiedBootstrap() {
        return first.proxiedBootstrap() + "," + second.proxiedBootstrap();
    }

    Admin admin() {
        return Broker.admin(bootstrap());
    }

    /** The node that coordinates all transactions; -1 if there is none now. */
    int coordinator(Admin admin) throws Exception {
        Node leader = Objects.requireNonNull(admin.describeTopics(List.of(TRANSACTIONS.topic()))
                        .allTopicNames()
                        .get()
                        .get(TRANSACTIONS.topic()))
                .partitions()
                .get(0)
                .leader();
        return leader == null ? -1 : leader.id();
    }

    /** Makes a broker the coordinator of all transactions. Some transactions have been there before. */
    void moveCoordinatorTo(Broker broker) throws Exception {
        int other = 3 - broker.node();
        try (Admin admin = admin()) {
            admin.alterPartitionReassignments(Map.of(
                            TRANSACTIONS, Optional.of(new NewPartitionReassignment(List.of(broker.node(), other)))))
                    .all()
                    .get();
            Eventually.until(LONG, () -> {
                // refused while the broker is not in sync yet
                admin.electLeaders(ElectionType.PREFERRED, Set.of(TRANSACTIONS))
                        .partitions()
                        .get();
                return coordinator(admin) == broker.node();
            });
        }
    }
}
