package io.walwire.kafka;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;

/** What would keep the sink from writing, or lose records later. Asks the brokers, and changes nothing. */
final class KafkaDoctor {
    private static final String AUTO_CREATE = "auto.create.topics.enable";
    private static final String LONGEST_TRANSACTION = "transaction.max.timeout.ms";
    private static final int MAX_NAMES = 20;

    private final KafkaOptions options;
    private final SinkContext context;
    private final KafkaCommands commands;
    private final List<Finding> found = new ArrayList<>();

    KafkaDoctor(KafkaOptions options, SinkContext context) {
        this.options = options;
        this.context = context;
        this.commands = new KafkaCommands(options.bootstrap());
    }

    List<Finding> examine(List<SinkTable> tables) {
        String where = "brokers " + options.bootstrap();
        try (Admin admin = Admin.create(options.forAdmin(context))) {
            BrokerQuestions ask = new BrokerQuestions(admin);
            List<TopicFacts> topics = ask.topics(topics(tables));
            if (options.isExactlyOnce()) {
                positions(ask);
                transactions(ask, where);
            } else {
                idempotentWrite(ask, topics, where);
            }
            missing(ask, topics);
            topics.forEach(topic -> durability(topic, ask.brokers()));
            rights(topics, List.of(AclOperation.WRITE, AclOperation.DESCRIBE));
        } catch (KafkaException e) {
            error(where, KafkaFailure.explained(e, options).explanation());
        }
        return found;
    }

    private void error(String where, String what) {
        found.add(new Finding(Severity.ERROR, what, where, null));
    }

    private void warning(String where, String what) {
        found.add(new Finding(Severity.WARNING, what, where, null));
    }

    private void note(String where, String what) {
        found.add(new Finding(Severity.NOTE, what, where, null));
    }

    /** The topics that are known. A topic function needs an event, so its topics are not. */
    private Set<String> topics(List<SinkTable> tables) {
        Map<String, List<String>> tablesOf = new LinkedHashMap<>();
        for (SinkTable table : tables) {
            String wanted = options.topics().topic(table, context);
            if (wanted != null) {
                String name = options.writable(wanted);
                another(wanted, name, "table " + table);
                tablesOf.computeIfAbsent(name, topic -> new ArrayList<>()).add(table.toString());
            }
        }
        tablesOf.forEach(this::shared);
        Set<String> names = new LinkedHashSet<>(tablesOf.keySet());
        if (options.transactions() != null) {
            names.add(options.transactions());
        }
        String messages = options.messageTopic(context);
        another(Topics.ofInstance(options.messages(), context), messages, "messages and gaps");
        names.add(messages);
        return names;
    }

    private void another(String wanted, String name, String of) {
        if (!name.equals(wanted)) {
            note(
                    of,
                    "No event can go to a topic with the name " + wanted
                            + ": Kafka refuses it, or the sink writes its own"
                            + " records there. They go to the topic " + name
                            + ". For another one, set walwire.kafka.topic or walwire.kafka.messages, or give the table a"
                            + " topic by KafkaSink.builder().topic(event -> …).");
        }
    }

    private void shared(String topic, List<String> tables) {
        if (tables.size() > 1) {
            warning(
                    "topic " + topic,
                    "It is the topic of several tables: " + shown(tables)
                            + ". Compaction and tombstones take rows of two tables that have equal keys for one row. Add"
                            + " {schema} and {table} to walwire.kafka.topic, or leave the topic without compaction:"
                            + " consumers then distinguish the tables by the header walwire-table.");
        }
    }

    private void positions(BrokerQuestions ask) {
        String name = options.positions();
        String where = "topic " + name;
        TopicFacts topic = ask.topic(name);
        if (topic.state() == TopicFacts.State.MISSING) {
            KafkaException refused =
                    ask.refusedCreation(List.of(PositionTopic.asCreated(name))).get(name);
            if (refused == null) {
                note(where, "It is missing; the first start creates it, with cleanup.policy=compact.");
            } else {
                error(
                        where,
                        "It is missing, and the client cannot create it: " + KafkaFailure.text(refused) + " Run: "
                                + commands.create(List.of(name), " --partitions 1 --config cleanup.policy=compact"));
            }
            return;
        }
        if (!topic.isCompacted()) {
            error(
                    where,
                    "It holds positions, but its cleanup.policy is " + topic.setting(TopicConfig.CLEANUP_POLICY_CONFIG)
                            + ", by which Kafka would delete them. Run: "
                            + commands.set(name, "cleanup.policy=compact"));
        }
        durability(topic, ask.brokers());
        rights(
                List.of(topic),
                List.of(AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS));
    }

    private void durability(TopicFacts topic, int brokers) {
        if (topic.state() != TopicFacts.State.FOUND) {
            return;
        }
        String where = "topic " + topic.name();
        String least = topic.setting(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG);
        if (topic.replicas() == 1 && brokers > 1) {
            warning(
                    where,
                    "It has one replica: its records are lost with one broker. Give it more by"
                            + " kafka-reassign-partitions.sh, or create it again.");
        } else if (!least.isEmpty() && Integer.parseInt(least) > topic.replicas()) {
            error(
                    where,
                    "Its min.insync.replicas is " + least + ", but it has " + topic.replicas()
                            + " replicas, so Kafka refuses every record. Run: "
                            + commands.set(topic.name(), "min.insync.replicas=" + topic.replicas()));
        } else if (least.equals("1") && topic.replicas() > 1) {
            warning(
                    where,
                    "Its min.insync.replicas is 1: a record that is confirmed may be on one broker alone, and lost with it."
                            + " Run: " + commands.set(topic.name(), "min.insync.replicas=2"));
        }
    }

    private void transactions(BrokerQuestions ask, String where) {
        String longest = ask.setting(LONGEST_TRANSACTION);
        if (longest.isEmpty()) {
            note(
                    where,
                    "The client may not read the brokers' settings (DescribeConfigs on the cluster), so "
                            + LONGEST_TRANSACTION + " and " + AUTO_CREATE + " are not known here.");
        } else if (options.transactionMillis() > Integer.parseInt(longest)) {
            error(
                    where,
                    "walwire.kafka.producer.transaction.timeout.ms is " + options.transactionMillis()
                            + ", but the brokers allow " + longest + " (" + LONGEST_TRANSACTION
                            + "). Lower it, or raise the brokers'.");
        }
        String id = StreamKey.of(context).transactionalId();
        if (!ask.maySee(id)) {
            error("transactional id " + id, "The client has no right on it. Run: " + commands.allowTransactions());
        }
    }

    /** A producer without transactions is idempotent too. Since Kafka 2.8 the right to write to any topic is enough for that. */
    private void idempotentWrite(BrokerQuestions ask, List<TopicFacts> topics, String where) {
        Set<AclOperation> allowed = ask.allowedOnCluster();
        boolean anywhere = topics.stream()
                .anyMatch(topic -> topic.state() == TopicFacts.State.FOUND && topic.allows(AclOperation.WRITE));
        if (allowed != null && !allowed.contains(AclOperation.IDEMPOTENT_WRITE) && !anywhere) {
            warning(
                    where,
                    "The client has neither IdempotentWrite on the cluster nor Write on one of the topics that are there."
                            + " Run: " + commands.allow(List.of(AclOperation.IDEMPOTENT_WRITE), " --cluster"));
        }
    }

    private void missing(BrokerQuestions ask, List<TopicFacts> topics) {
        List<String> names = new ArrayList<>(topics.stream()
                .filter(topic -> topic.state() == TopicFacts.State.MISSING)
                .map(TopicFacts::name)
                .toList());
        Map<String, KafkaException> refused = ask.refusedCreation(names.stream()
                .map(name -> new NewTopic(name, Optional.<Integer>empty(), Optional.empty()))
                .toList());
        for (String name : List.copyOf(refused.keySet())) {
            if (refused.get(name) instanceof InvalidTopicException) {
                beside(name);
                names.remove(name);
                refused.remove(name);
            }
        }
        if (names.isEmpty()) {
            return;
        }
        String where = topicsShown(names);
        String create = " Run: " + commands.create(first(names), "");
        if ("false".equals(ask.setting(AUTO_CREATE))) {
            error(where, "Missing, and the brokers create no topics (" + AUTO_CREATE + "=false)." + create);
            return;
        }
        if (refused.values().stream().anyMatch(AuthorizationException.class::isInstance)) {
            error(where, "Missing, and the client may not create topics." + create);
        } else if (!refused.isEmpty()) {
            error(
                    where,
                    "Missing, and the brokers cannot create it: "
                            + KafkaFailure.text(refused.values().iterator().next()) + create);
        } else {
            note(
                    where,
                    "Missing; the brokers create it with their defaults when the first record comes, unless "
                            + AUTO_CREATE
                            + " is false. For a compacted topic create it before, with --config cleanup.policy=compact."
                            + create);
        }
    }

    /** As {@link RefusedTopics} does. */
    private void beside(String topic) {
        note(
                "topic " + topic,
                "Kafka does not create it beside one whose name differs only in dots and underscores. Its records go to the"
                        + " topic " + TopicNames.escaped(topic)
                        + ". With walwire.kafka.topic={name}-{schema}-{table} no two tables of usual names have such topics.");
    }

    private static List<String> first(List<String> names) {
        return names.subList(0, Math.min(names.size(), MAX_NAMES));
    }

    private static String shown(List<String> names) {
        int more = names.size() - MAX_NAMES;
        return String.join(", ", first(names)) + (more > 0 ? " and " + more + " more" : "");
    }

    private static String topicsShown(List<String> names) {
        return (names.size() == 1 ? "topic " : "topics ") + shown(names);
    }

    /** One finding for all topics that lack the same rights. */
    private void rights(List<TopicFacts> topics, List<AclOperation> needed) {
        Map<List<AclOperation>, List<String>> lacking = topics.stream()
                .filter(topic -> topic.state() != TopicFacts.State.MISSING)
                .collect(Collectors.groupingBy(
                        topic -> lacking(topic, needed), Collectors.mapping(TopicFacts::name, Collectors.toList())));
        lacking.remove(List.of());
        lacking.forEach((operations, names) -> error(
                topicsShown(names),
                "The client lacks rights: " + KafkaCommands.names(operations) + ". Run: "
                        + commands.allow(operations, KafkaCommands.topics(first(names)))));
    }

    private static List<AclOperation> lacking(TopicFacts topic, List<AclOperation> needed) {
        return topic.state() == TopicFacts.State.HIDDEN
                ? needed
                : needed.stream().filter(operation -> !topic.allows(operation)).toList();
    }
}
