package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.WalwireBuilder;
import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.testing.TestDatabase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the doctor finds about brokers, topics and rights, and that its commands help. */
class KafkaDoctorTest {
    private static final Pattern OPERATION = Pattern.compile("--operation (\\w+)");
    private static final Pattern TOPIC = Pattern.compile("--topic (\\S+)");

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Broker broker = Broker.shared();

    @BeforeEach
    void tables() throws Exception {
        KafkaInstances.prepare(database);
    }

    private List<Finding> findings(WalwireBuilder builder) {
        return builder.check().stream()
                .filter(finding -> finding.where().startsWith("topic")
                        || finding.where().startsWith("brokers")
                        || finding.where().startsWith("transactional")
                        || finding.what().contains("Kafka"))
                .toList();
    }

    private List<Finding> findings(KafkaSink.Builder sink) {
        return findings(KafkaInstances.durable(database).sink(sink.build()));
    }

    private static List<String> lines(List<Finding> findings) {
        return findings.stream()
                .map(finding -> finding.severity() + " " + finding.where() + ": " + finding.what())
                .toList();
    }

    private void create(String topic, String... settings) throws Exception {
        Map<String, String> all = new HashMap<>();
        for (String setting : settings) {
            int at = setting.indexOf('=');
            all.put(setting.substring(0, at), setting.substring(at + 1));
        }
        try (Admin admin = broker.admin()) {
            admin.createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.<Short>empty()).configs(all)))
                    .all()
                    .get();
        }
    }

    @Test
    void missingTopics_areNotes_whereTheBrokersCreateThem() {
        String item = KafkaInstances.topic(database, "item");
        List<Finding> findings = findings(KafkaInstances.sink(database));
        assertThat(lines(findings)).hasSize(2);
        assertThat(lines(findings).get(0))
                .isEqualTo("NOTE topic " + KafkaInstances.positions(database)
                        + ": It is missing; the first start creates it, with cleanup.policy=compact.");
        assertThat(lines(findings).get(1))
                .startsWith(
                        "NOTE topics " + item + ", " + database.name() + ".messages: Missing; the brokers create it")
                .contains("for topic in " + item + " " + database.name() + ".messages; do kafka-topics.sh"
                        + " --bootstrap-server " + broker.bootstrap() + " --create --topic $topic; done");
    }

    @Test
    void properties_areEnough() {
        assertThat(findings(KafkaInstances.durable(database)
                        .properties(Map.of(
                                "walwire.kafka.bootstrap",
                                broker.bootstrap(),
                                "walwire.kafka.delivery",
                                "at-least-once"))))
                .singleElement()
                .satisfies(finding -> assertThat(finding.where())
                        .isEqualTo("topics " + KafkaInstances.topic(database, "item") + ", " + database.name()
                                + ".messages"));
    }

    @Test
    void settings_thatLosePositionsOrRecords() throws Exception {
        String positions = KafkaInstances.positions(database);
        create(positions, "cleanup.policy=delete");
        create(KafkaInstances.topic(database, "item"), "min.insync.replicas=2");
        create(database.name() + ".messages");
        List<Finding> findings = findings(KafkaInstances.sink(database).producer("transaction.timeout.ms", "900001"));
        assertThat(findings).allMatch(finding -> finding.severity() == Severity.ERROR);
        assertThat(lines(findings).toString())
                .contains(
                        "topic " + positions + ": It holds positions, but its cleanup.policy is delete",
                        "kafka-configs.sh --bootstrap-server " + broker.bootstrap() + " --alter --entity-type topics"
                                + " --entity-name " + positions + " --add-config cleanup.policy=compact",
                        "transaction.timeout.ms is 900001, but the brokers allow 120000 (transaction.max.timeout.ms)",
                        "topic " + KafkaInstances.topic(database, "item")
                                + ": Its min.insync.replicas is 2, but it has 1",
                        "--add-config min.insync.replicas=1");
        assertThat(findings).hasSize(3);
    }

    @Test
    void tablesThatShareATopic_areAWarning() throws Exception {
        database.sql("CREATE SCHEMA archive", "CREATE TABLE archive.item (id int PRIMARY KEY)");
        String topic = database.name() + ".item";
        assertThat(lines(findings(KafkaInstances.sink(database).topic("{name}.{table}"))))
                .filteredOn(line -> line.startsWith("WARNING"))
                .singleElement()
                .asString()
                .startsWith(
                        "WARNING topic " + topic + ": It is the topic of several tables: archive.item, public.item.")
                .contains("by the header walwire-table");
        assertThat(findings(KafkaInstances.sink(database)))
                .noneMatch(finding -> finding.severity() == Severity.WARNING);
    }

    @Test
    void brokerThatDoesNotAnswer_andNamesThatKafkaDoesNotAllow() throws Exception {
        assertThat(lines(findings(
                        KafkaInstances.sink(database).bootstrap("127.0.0.1:1").producer("max.block.ms", "500"))))
                .singleElement()
                .asString()
                .startsWith("ERROR brokers 127.0.0.1:1: ")
                .contains("No broker of walwire.kafka.bootstrap (127.0.0.1:1) answers");
        database.sql("CREATE TABLE \"two words\" (id int PRIMARY KEY)");
        assertThat(lines(findings(KafkaInstances.sink(database))).toString())
                .contains(
                        "NOTE table public.two words: No event can go to a topic with the name "
                                + database.name()
                                + ".public.two words: Kafka refuses it, or the sink writes its own records there. They go to the topic "
                                + database.name()
                                + ".public.two_words-",
                        "--create --topic");
    }

    @Test
    void topicThatKafkaDoesNotCreateBesideAnother_isANote() throws Exception {
        create(database.name() + ".public_item");
        assertThat(findings(KafkaInstances.sink(database)))
                .allMatch(finding -> finding.severity() == Severity.NOTE)
                .anySatisfy(finding -> assertThat(finding.where() + " " + finding.what())
                        .startsWith("topic " + KafkaInstances.topic(database, "item") + " Kafka does not create it")
                        .contains(TopicNames.escaped(KafkaInstances.topic(database, "item"))));
    }

    @Test
    void rights_thatAreMissing_andTheCommandsThatGiveThem() throws Exception {
        String item = KafkaInstances.topic(database, "item");
        create(KafkaInstances.positions(database), "cleanup.policy=compact");
        create(item);
        create(database.name() + ".messages");
        List<Finding> findings = findings(broker.asUser(KafkaInstances.sink(database), "tea"));
        List<Finding> errors = findings.stream()
                .filter(finding -> finding.severity() == Severity.ERROR)
                .toList();
        assertThat(lines(errors).toString())
                .contains(
                        "topic " + KafkaInstances.positions(database)
                                + ": The client lacks rights: Read, Write, Describe, DescribeConfigs. Run: kafka-acls.sh",
                        "topics " + item + ", " + database.name()
                                + ".messages: The client lacks rights: Write, Describe.",
                        "--operation Write --operation Describe --transactional-id walwire-"
                                + " --resource-pattern-type prefixed");
        List<AclBinding> given = errors.stream()
                .flatMap(finding -> bindings(finding.what()).stream())
                .toList();
        try (Admin admin = broker.admin()) {
            Broker.allow(admin, given);
            assertThat(findings(broker.asUser(KafkaInstances.sink(database), "tea")))
                    .allMatch(finding -> finding.severity() == Severity.NOTE);
            Broker.deny(admin, given);
        }
        assertThat(lines(findings(broker.asUser(KafkaInstances.sink(database), "coffee")))
                        .get(0))
                .startsWith("ERROR brokers ")
                .contains("The brokers refuse the client: look at walwire.kafka.producer.security.protocol");
    }

    /** What a command of {@code kafka-acls.sh} does, without its JVM. */
    private static List<AclBinding> bindings(String finding) {
        List<ResourcePattern> resources = new ArrayList<>();
        all(TOPIC, finding)
                .forEach(topic -> resources.add(new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL)));
        if (finding.contains("--transactional-id walwire- --resource-pattern-type prefixed")) {
            resources.add(new ResourcePattern(ResourceType.TRANSACTIONAL_ID, "walwire-", PatternType.PREFIXED));
        }
        List<AclBinding> bindings = new ArrayList<>();
        for (ResourcePattern resource : resources) {
            for (String operation : all(OPERATION, finding)) {
                bindings.add(new AclBinding(
                        resource,
                        new AccessControlEntry("User:shop", "*", operation(operation), AclPermissionType.ALLOW)));
            }
        }
        return bindings;
    }

    private static AclOperation operation(String name) {
        return name.equals("DescribeConfigs") ? AclOperation.DESCRIBE_CONFIGS : AclOperation.fromString(name);
    }

    private static List<String> all(Pattern pattern, @Nullable String text) {
        Matcher matcher = pattern.matcher(String.valueOf(text));
        List<String> found = new ArrayList<>();
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }
}
