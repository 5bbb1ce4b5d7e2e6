package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.WalwireBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/**
 * What editors know of the keys is what {@code docs/configuration.md} says of them; {@code -Dwalwire.docs.update=true} writes it
 * again.
 */
class MetadataTest {
    private static final Path METADATA =
            Path.of("modules/spring-boot-starter/src/main/resources/META-INF/spring-configuration-metadata.json");
    private static final Pattern LINE = Pattern.compile("(?m)^\\| `(walwire\\.[a-z.-]+)` \\| (.*) \\|(.*)\\|$");
    private static final Pattern LINK = Pattern.compile("\\[([^]]+)]\\([^)]+\\)");
    private static final Set<String> FLAGS = Set.of("true", "false");

    /** Keys of the starter, which the core does not know. */
    private static final Map<String, List<String>> OWN = new LinkedHashMap<>();

    static {
        OWN.put("walwire.enabled", List.of("java.lang.Boolean", "Whether the application starts Walwire.", "true"));
        OWN.put(
                "walwire.instances",
                List.of(
                        "java.util.Map<java.lang.String,java.lang.Object>",
                        "Several instances by name, each with the keys of walwire.* that it has for itself.",
                        ""));
        OWN.put(
                "walwire.pgjdbc",
                List.of(
                        "java.util.Map<java.lang.String,java.lang.String>",
                        "Settings of pgJDBC by their own names.",
                        ""));
        OWN.put(
                "walwire.kafka",
                List.of(
                        "java.util.Map<java.lang.String,java.lang.String>",
                        "Settings of the Kafka sink, which needs the dependency io.walwire:walwire-kafka.",
                        ""));
        OWN.put(
                "management.health.walwire.enabled",
                List.of("java.lang.Boolean", "Whether health shows Walwire.", "true"));
    }

    @Test
    void metadata_isWhatTheDocumentSays() throws IOException {
        String expected =
                new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(metadata()) + "\n";
        if (Boolean.getBoolean("walwire.docs.update")) {
            Files.writeString(METADATA, expected);
        }
        assertThat(Files.readString(METADATA)).isEqualTo(expected);
    }

    @Test
    void metadata_hasEveryKeyOfTheCore() throws IOException {
        JsonNode properties = new ObjectMapper().readTree(METADATA.toFile()).get("properties");
        assertThat(StreamSupport.stream(properties.spliterator(), false)
                        .map(property -> property.get("name").asText())
                        .filter(name -> !OWN.containsKey(name)))
                .containsExactlyInAnyOrderElementsOf(WalwireBuilder.propertyNames().stream()
                        .filter(name -> !name.startsWith("walwire.pgjdbc."))
                        .toList());
    }

    private static ObjectNode metadata() throws IOException {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.putArray("groups").addObject().put("name", "walwire");
        ArrayNode properties = root.putArray("properties");
        LINE.matcher(Files.readString(Path.of("docs/configuration.md")))
                .results()
                .forEach(line -> add(
                        properties,
                        line.group(1),
                        type(line.group(1), plain(line.group(3))),
                        plain(line.group(2)),
                        plain(line.group(3))));
        OWN.forEach((name, shown) -> add(properties, name, shown.get(0), shown.get(1), shown.get(2)));
        root.putArray("hints");
        return root;
    }

    private static void add(ArrayNode properties, String name, String type, String description, String byDefault) {
        ObjectNode property = properties.addObject().put("name", name).put("type", type);
        property.put("description", description);
        if (FLAGS.contains(byDefault) && type.equals("java.lang.Boolean")) {
            property.put("defaultValue", Boolean.parseBoolean(byDefault));
        } else if (byDefault.matches("[A-Za-z0-9*-]+")) {
            property.put("defaultValue", byDefault);
        }
    }

    /** {@code walwire.publication.manage} has a third value. */
    private static String type(String name, String byDefault) {
        return FLAGS.contains(byDefault) && !name.equals("walwire.publication.manage")
                ? "java.lang.Boolean"
                : "java.lang.String";
    }

    private static String plain(String markdown) {
        return LINK.matcher(markdown).replaceAll("$1").replace("`", "").strip();
    }
}
