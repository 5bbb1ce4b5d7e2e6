package io.walwire.spring;

import io.walwire.Walwire;
import io.walwire.backfill.BackfillProgress;
import io.walwire.backfill.BackfillRun;
import io.walwire.lifecycle.Details;
import io.walwire.lifecycle.Health;
import io.walwire.lifecycle.Status;
import io.walwire.watch.WatchStatus;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the actuator shows of the instances: maps of text and numbers, which every JSON library writes alike. */
final class Instances {
    private static final Health NOT_RUNNING = new Health(false, "The instance is not running.");

    private final List<WalwireLifecycle> all;

    Instances(List<WalwireLifecycle> all) {
        this.all = all;
    }

    boolean areUp() {
        return all.stream().allMatch(one -> health(one.running()).up());
    }

    /** The instance of a name; null if there is none, or if it does not run. */
    @Nullable
    Walwire running(String instance) {
        return all.stream()
                .filter(one -> one.instance().equals(instance))
                .map(WalwireLifecycle::running)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static Health health(@Nullable Walwire walwire) {
        return walwire == null ? NOT_RUNNING : walwire.health();
    }

    /** The health of the only instance, or of each instance by its name. */
    Map<String, Object> health() {
        if (all.size() == 1) {
            return healthDetails(all.get(0).running());
        }
        Map<String, Object> byName = new LinkedHashMap<>();
        all.forEach(one -> byName.put(one.instance(), healthDetails(one.running())));
        return byName;
    }

    private static Map<String, Object> healthDetails(@Nullable Walwire walwire) {
        Map<String, Object> shown = new LinkedHashMap<>();
        if (walwire != null) {
            Status status = walwire.status();
            shown.put("state", status.state().name());
            put(shown, "slot", status.slot());
            shown.put("lag", status.lag().toString());
            put(shown, "lastError", status.lastError());
        }
        shown.put("reason", health(walwire).reason());
        return shown;
    }

    /** A description of each instance, by its name. */
    Map<String, Object> description() {
        Map<String, Object> byName = new LinkedHashMap<>();
        all.forEach(one -> byName.put(one.instance(), description(one.running())));
        return byName;
    }

    private static Map<String, Object> description(@Nullable Walwire walwire) {
        Map<String, Object> shown = new LinkedHashMap<>();
        Health health = health(walwire);
        shown.put("up", health.up());
        shown.put("reason", health.reason());
        if (walwire != null) {
            shown.put("details", details(walwire.details()));
            shown.put("status", status(walwire.status()));
            WatchStatus watches = walwire.watchStatus();
            shown.put("watches", Map.of("live", watches.subscriptions(), "failed", watches.failed()));
            shown.put(
                    "backfills",
                    walwire.backfills().stream().map(Instances::backfill).toList());
        }
        return shown;
    }

    /** A description of a run. */
    static Map<String, Object> backfill(BackfillRun run) {
        BackfillProgress progress = run.progress();
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", run.id());
        shown.put("table", run.table());
        shown.put("state", progress.state().name());
        shown.put("rows", progress.rows());
        shown.put("bytes", progress.bytes());
        shown.put("totalBytes", progress.totalBytes());
        shown.put("rowsPerSecond", progress.rowsPerSecond());
        Duration left = progress.timeLeft();
        put(shown, "timeLeft", left == null ? null : left.toString());
        return shown;
    }

    private static Map<String, Object> details(Details details) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("name", details.name());
        shown.put("source", details.source());
        shown.put("database", details.database());
        put(shown, "slot", details.slot());
        shown.put("publications", details.publications());
        shown.put("subscriptions", details.subscriptions());
        return shown;
    }

    private static Map<String, Object> status(Status status) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("state", status.state().name());
        shown.put("paused", status.paused());
        shown.put("streamingFrom", status.streamingFrom().toString());
        shown.put("received", status.received().toString());
        shown.put("confirmed", status.confirmed().toString());
        shown.put("transactions", status.transactions());
        shown.put("events", status.events());
        shown.put("queuedBytes", status.queuedBytes());
        shown.put("lagBytes", status.lagBytes());
        shown.put("lag", status.lag().toString());
        shown.put("reconnects", status.reconnects());
        shown.put("retries", status.retries());
        shown.put("setAside", status.setAside());
        put(shown, "lastError", status.lastError());
        return shown;
    }

    private static void put(Map<String, Object> shown, String name, @Nullable Object value) {
        if (value != null) {
            shown.put(name, value);
        }
    }
}
