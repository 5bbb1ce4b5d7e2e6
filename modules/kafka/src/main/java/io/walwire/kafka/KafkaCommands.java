package io.walwire.kafka;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclOperation;

/** Commands of Kafka's scripts, on one line each. */
final class KafkaCommands {
    private final String server;

    KafkaCommands(String bootstrap) {
        this.server =
                " --bootstrap-server " + bootstrap.replaceAll("\\s", ""); // one argument, also with blanks after commas
    }

    String create(List<String> topics, String more) {
        if (topics.size() == 1) {
            return "kafka-topics.sh" + server + " --create --topic " + topics.get(0) + more;
        }
        return "for topic in " + String.join(" ", topics) + "; do kafka-topics.sh" + server + " --create --topic $topic"
                + more + "; done";
    }

    String set(String topic, String setting) {
        return "kafka-configs.sh" + server + " --alter --entity-type topics --entity-name " + topic + " --add-config "
                + setting;
    }

    String allow(List<AclOperation> operations, String resource) {
        return "kafka-acls.sh" + server + " --add --allow-principal User:<user>"
                + operations.stream()
                        .map(operation -> " --operation " + name(operation))
                        .collect(Collectors.joining())
                + resource;
    }

    /** All of Walwire's transactional ids have one beginning. */
    String allowTransactions() {
        return allow(
                List.of(AclOperation.WRITE, AclOperation.DESCRIBE),
                " --transactional-id walwire- --resource-pattern-type prefixed");
    }

    static String topics(List<String> names) {
        return names.stream().map(name -> " --topic " + name).collect(Collectors.joining());
    }

    static String names(List<AclOperation> operations) {
        return operations.stream().map(KafkaCommands::name).collect(Collectors.joining(", "));
    }

    /** As Kafka's scripts have it, such as DescribeConfigs. */
    private static String name(AclOperation operation) {
        StringBuilder name = new StringBuilder();
        for (String word : operation.name().split("_", -1)) {
            name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
        }
        return name.toString();
    }
}
