package io.walwire.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.Walwire;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard's queries and the alert rules in a real Prometheus that scrapes a running instance. */
class PrometheusTest {
    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onServerOfItsOwn(Map.of("max_slot_wal_keep_size", "512MB"));

    private static List<String> queries() throws IOException {
        List<String> queries = new ArrayList<>();
        JsonNode dashboard = new ObjectMapper().readTree(Files.readString(Path.of("docs/metrics-dashboard.json")));
        for (JsonNode panel : dashboard.path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                queries.add(target.path("expr")
                        .asText()
                        .replace("$__rate_interval", "1m")
                        .replace("$name", "shop|other"));
            }
        }
        assertThat(queries).hasSizeGreaterThan(10);
        return queries;
    }

    @Test
    void everyPanelShowsSomething_andTheRulesFire(@TempDir Path folder) throws Exception {
        Shop.create(DATABASE);
        Exposition registry = new Exposition();
        WalwireMetrics metrics = new WalwireMetrics();
        metrics.bindTo(registry.registry);
        try (Prometheus prometheus = Prometheus.scraping(registry.registry, folder);
                Walwire walwire = Shop.reader(DATABASE)
                        .listener(metrics)
                        .handler(
                                "mails",
                                on -> on.table("users").onInsert(event -> {
                                    throw new IOException("no");
                                }),
                                FailurePolicy.deadLetter(letter -> {}))
                        .handler("search", on -> on.table("orders").onUpsert(event -> {}))
                        .start()) {
            DATABASE.sql("INSERT INTO users VALUES (1)", "INSERT INTO orders VALUES (1)");
            assertThat(walwire.awaitCurrent(Shop.LONG)).isTrue();
            walwire.backfill("orders")
                    .start()
                    .completion()
                    .toCompletableFuture()
                    .get(Shop.LONG.toSeconds(), TimeUnit.SECONDS);
            for (String query : queries()) {
                Eventually.satisfied(
                        Shop.LONG,
                        () -> assertThat(prometheus.query(query)).as(query).isNotEmpty());
            }
            Eventually.satisfied(Shop.LONG, () -> assertThat(rules(prometheus))
                    .hasSize(6)
                    .containsEntry("WalwireDeadLetters", "ok firing")
                    .containsEntry("WalwireSafeWal", "ok pending")
                    .containsEntry("WalwireGap", "ok inactive")
                    .containsEntry("WalwireNotActive", "ok inactive"));
        }
    }

    /** Each alert with its health and state. */
    private static Map<String, String> rules(Prometheus prometheus) throws InterruptedException {
        Map<String, String> found = new TreeMap<>();
        for (JsonNode group : prometheus.get("/api/v1/rules").path("groups")) {
            for (JsonNode rule : group.path("rules")) {
                found.put(
                        rule.path("name").asText(),
                        rule.path("health").asText() + " " + rule.path("state").asText());
            }
        }
        return found;
    }
}
