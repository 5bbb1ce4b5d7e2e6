package io.walwire.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.Meter;
import io.walwire.Walwire;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.yaml.snakeyaml.Yaml;

/** The page, the alert rules and the dashboard name what the registry exports, and nothing else. */
class MetricsDocumentsTest {
    private static final Path PAGE = Path.of("docs/metrics.md");
    private static final Path RULES = Path.of("docs/metrics-rules.yml");
    private static final Path DASHBOARD = Path.of("docs/metrics-dashboard.json");
    private static final Pattern NAME = Pattern.compile("walwire_[a-z_]+");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(walwire[a-z.]+)` \\| `(walwire_[a-z_]+)` \\|");

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onSharedServer();

    private static final Exposition PROMETHEUS = new Exposition();
    private static Set<String> exported = Set.of();
    private static Set<String> meters = Set.of();

    /** An instance that has handled something, so that every meter has a series. */
    @BeforeAll
    static void export() throws Exception {
        Shop.create(DATABASE);
        WalwireMetrics metrics = new WalwireMetrics();
        metrics.bindTo(PROMETHEUS.registry);
        try (Walwire walwire = Shop.reader(DATABASE)
                .listener(metrics)
                .handler("users", on -> on.table("users").onUpsert(event -> {}))
                .start()) {
            DATABASE.sql("INSERT INTO users VALUES (1)");
            assertThat(walwire.awaitCurrent(Shop.LONG)).isTrue();
            walwire.backfill("users").start().completion().toCompletableFuture().get(180, TimeUnit.SECONDS);
            exported = PROMETHEUS.names();
            meters = PROMETHEUS.registry.getMeters().stream()
                    .map(Meter::getId)
                    .map(Meter.Id::getName)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @AfterAll
    static void close() {
        PROMETHEUS.registry.close();
    }

    private static List<String> names(String query) {
        return NAME.matcher(query).results().map(found -> found.group()).toList();
    }

    @Test
    void page_hasEachMeter() throws IOException {
        Set<String> listed = new TreeSet<>();
        Matcher row = ROW.matcher(Files.readString(PAGE));
        while (row.find()) {
            listed.add(row.group(1));
            assertThat(exported)
                    .as("a series of %s", row.group(1))
                    .anyMatch(name -> name.replaceAll("_(count|sum|max)$", "").equals(row.group(2)));
        }
        assertThat(listed).isEqualTo(meters).hasSize(17);
    }

    @Test
    void rules_areSix_nameWhatIsExported_andSayWhatToDo() throws IOException {
        Map<String, Object> file = new Yaml().load(Files.readString(RULES));
        List<Map<String, Object>> rules = new ArrayList<>();
        for (Map<String, Object> group : list(file, "groups")) {
            rules.addAll(list(group, "rules"));
        }
        assertThat(rules).hasSize(6);
        String page = Files.readString(PAGE);
        for (Map<String, Object> rule : rules) {
            String alert = String.valueOf(rule.get("alert"));
            assertThat(names(String.valueOf(rule.get("expr"))))
                    .as(alert)
                    .isNotEmpty()
                    .allMatch(exported::contains);
            assertThat(page).contains("`" + alert + "`");
            assertThat(map(rule, "labels")).containsKey("severity");
            assertThat(String.valueOf(map(rule, "annotations").get("summary"))).contains("$labels.name");
            Matcher link = Pattern.compile("docs/metrics\\.md#([a-z-]+)\\.$")
                    .matcher(String.valueOf(map(rule, "annotations").get("action")));
            assertThat(link.find())
                    .as("%s says where to read what to do", alert)
                    .isTrue();
            assertThat(page.lines().filter(line -> line.startsWith("### ")).map(line -> line.substring(4)
                            .toLowerCase(Locale.ROOT)
                            .replace(' ', '-')))
                    .contains(link.group(1));
        }
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(Map<String, Object> of, String key) {
        return (List<Map<String, Object>>) Objects.requireNonNull(of.get(key), key);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Map<String, Object> of, String key) {
        return (Map<String, Object>) Objects.requireNonNull(of.get(key), key);
    }

    @Test
    void dashboard_showsEachMeter_andNothingElse() throws IOException {
        JsonNode dashboard = new ObjectMapper().readTree(Files.readString(DASHBOARD));
        Set<String> shown = new TreeSet<>();
        for (JsonNode panel : dashboard.path("panels")) {
            assertThat(panel.path("targets")).as(panel.path("title").asText()).isNotEmpty();
            for (JsonNode target : panel.path("targets")) {
                shown.addAll(names(target.path("expr").asText()));
            }
        }
        for (JsonNode variable : dashboard.path("templating").path("list")) {
            shown.addAll(names(variable.path("definition").asText()));
        }
        assertThat(shown).isNotEmpty().isSubsetOf(exported);
        assertThat(shown.stream()
                        .map(name -> name.replaceAll("_(count|sum|max)$", ""))
                        .distinct())
                .as("a panel for each meter")
                .hasSize(meters.size());
    }
}
