package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** Keys as an application writes them, and as the builder gets them. */
class EnvironmentKeysTest {
    private final StandardEnvironment environment = new StandardEnvironment();

    private EnvironmentKeys keys(Map<String, Object> file, Map<String, Object> variables) {
        environment
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
        environment.getPropertySources().addLast(new MapPropertySource("file", file));
        return new EnvironmentKeys(environment);
    }

    @Test
    void relaxedNames_areTheBuilders() {
        EnvironmentKeys keys = keys(
                Map.of(
                        "walwire.slot.maxRetained",
                        "10GiB",
                        "walwire.slot.max-retained.action",
                        "drop",
                        "walwire.port",
                        5432),
                Map.of("WALWIRE_SSL_ROOTCERTIFICATE", "ca.pem", "WALWIRE_PORT", "5433"));
        assertThat(keys.of(null))
                .containsOnly(
                        Map.entry("walwire.slot.max-retained", "10GiB"),
                        Map.entry("walwire.slot.max-retained.action", "drop"),
                        Map.entry("walwire.ssl.root-certificate", "ca.pem"),
                        Map.entry("walwire.port", "5433"));
    }

    @Test
    void list_isSeparatedByCommas() {
        assertThat(keys(Map.of("walwire.subscriptions[0]", "users", "walwire.subscriptions[1]", "billing.*"), Map.of())
                        .of(null))
                .containsOnly(Map.entry("walwire.subscriptions", "users, billing.*"));
    }

    /** The environment is a profile's, or a test's. */
    @Test
    void blankSlotName_takesTheApplicationsBack_andIsTheOnlyKeyThatMayBeBlank() {
        assertThat(keys(
                                Map.of("walwire.slot.name", "shop", "walwire.url", "postgresql://localhost/shop"),
                                Map.of("WALWIRE_SLOT_NAME", "", "WALWIRE_URL", ""))
                        .of(null))
                .containsOnly(Map.entry("walwire.url", ""));
    }

    @Test
    void placeholders_areSpringsFirst() {
        assertThat(keys(
                                Map.of(
                                        "walwire.user",
                                        "${db.user}",
                                        "db.user",
                                        "ada",
                                        "walwire.password",
                                        "${NOT_THERE}"),
                                Map.of())
                        .of(null))
                .containsOnly(Map.entry("walwire.user", "ada"), Map.entry("walwire.password", "${NOT_THERE}"));
    }

    @Test
    void booleansOfYaml_areTheSwitchesThatWereMeant() {
        assertThat(keys(Map.of("walwire.streaming", true, "walwire.coalesce", false, "walwire.binary", true), Map.of())
                        .of(null))
                .containsOnly(
                        Map.entry("walwire.streaming", "on"),
                        Map.entry("walwire.coalesce", "off"),
                        Map.entry("walwire.binary", "true"));
    }

    @Test
    void settingsOfTheDriver_haveItsSpelling() {
        assertThat(keys(Map.of("walwire.pgjdbc.application-name", "shop"), Map.of())
                        .of(null))
                .containsOnly(Map.entry("walwire.pgjdbc.ApplicationName", "shop"));
    }

    @Test
    void settingsOfKafka_haveTheirNames() {
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("walwire.kafka.bootstrap", "kafka:9092");
        file.put("walwire.kafka.producer.max.block.ms", 2000);
        file.put("walwire.instances.orders.kafka.topic", "orders");
        EnvironmentKeys keys = keys(file, Map.of("WALWIRE_KAFKA_VALUE", "debezium"));
        assertThat(keys.of(null))
                .containsOnly(
                        Map.entry("walwire.kafka.bootstrap", "kafka:9092"),
                        Map.entry("walwire.kafka.producer.max.block.ms", "2000"),
                        Map.entry("walwire.kafka.value", "debezium"));
        assertThat(keys.of("orders"))
                .containsEntry("walwire.kafka.bootstrap", "kafka:9092")
                .containsEntry("walwire.kafka.topic", "orders");
    }

    @Test
    void brokersOfKafka_mayBeAList() {
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("walwire.kafka.bootstrap[0]", "a:9092");
        file.put("walwire.kafka.bootstrap[1]", "b:9092");
        assertThat(keys(file, Map.of()).of(null)).containsOnly(Map.entry("walwire.kafka.bootstrap", "a:9092, b:9092"));
    }

    /** A variable of the machine may belong to something else. */
    @Test
    void unknownKeys_ofFilesAlone_areGivenToTheBuilder() {
        assertThat(keys(Map.of("walwire.slot.nmae", "shop", "walwire.enabled", true), Map.of("WALWIRE_HOME", "/opt"))
                        .of(null))
                .containsOnlyKeys("walwire.slot.nmae");
    }

    @Test
    void instances_shareKeys_butNameAndSlot() {
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("walwire.url", "postgresql://localhost/shop");
        file.put("walwire.slot.name", "shared");
        file.put("walwire.publication", "events");
        file.put("walwire.instances.orders.slot.name", "orders");
        file.put("walwire.instances.users.publication", "people");
        EnvironmentKeys keys = keys(file, Map.of());
        assertThat(keys.instanceNames()).containsExactlyInAnyOrder("orders", "users");
        assertThat(keys.of("orders"))
                .containsOnly(
                        Map.entry("walwire.name", "orders"),
                        Map.entry("walwire.url", "postgresql://localhost/shop"),
                        Map.entry("walwire.slot.name", "orders"),
                        Map.entry("walwire.publication", "events"));
        assertThat(keys.of("users"))
                .containsEntry("walwire.publication", "people")
                .doesNotContainKey("walwire.slot.name");
    }

    @Test
    void nameOfAnInstance_mayHaveAnUnderscore() {
        EnvironmentKeys keys = keys(Map.of("walwire.instances.mail_out.slot.name", "mails"), Map.of());
        assertThat(keys.instanceNames()).containsExactly("mail_out");
        assertThat(keys.of("mail_out"))
                .containsOnly(Map.entry("walwire.name", "mail_out"), Map.entry("walwire.slot.name", "mails"));
    }
}
