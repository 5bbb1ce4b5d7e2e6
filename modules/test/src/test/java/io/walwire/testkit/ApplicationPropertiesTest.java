package io.walwire.testkit;

import static io.walwire.testkit.WalwireKit.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Row;
import io.walwire.testing.Recorder;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The properties of an application, in tests without a server: what is about the server has no effect. */
class ApplicationPropertiesTest {
    private static final Map<String, String> PROPERTIES = Map.of(
            "walwire.url", "postgresql://walwire:secret@nowhere:5432/shop?sslmode=verify-full",
            "walwire.publication", "events",
            "walwire.slot.name", "shop_app",
            "walwire.subscriptions", "users");

    private final Recorder<Long> seen = new Recorder<>();

    private WalwireKit start(Map<String, String> more) {
        return WalwireKit.builder()
                .timeout(Duration.ofSeconds(30))
                .table("users", t -> t.column("id", "int8").primaryKey("id"))
                .handler("users", on -> on.table("users").onUpsert(event -> seen.add(id(event.row()))))
                .configure(builder -> builder.properties(PROPERTIES).properties(more))
                .start();
    }

    private static long id(Row row) {
        Long id = row.getLong("id");
        return id == null ? 0 : id;
    }

    private void requireHandled(Map<String, String> more) {
        try (WalwireKit kit = start(more)) {
            kit.commit(tx -> tx.insert("users", row("id", 1)));
            kit.awaitHandled();
            assertThat(seen.all()).containsExactly(1L);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "walwire.visible, true",
        "walwire.source, triggers",
        "walwire.publication.manage, exact",
        "walwire.slot.failover, true",
        "walwire.slot.max-retained, 1GiB",
        "walwire.dead-letters, table",
        "walwire.binary, true",
        "walwire.start.wait, 1m",
        "walwire.ssl.mode, require"
    })
    void settingOfAServer_hasNoEffect(String key, String value) {
        requireHandled(Map.of(key, value));
    }

    /** There are no existing rows here, and what is inserted comes as that alone. */
    @Test
    void settingsOfABackfill_addNoRead() {
        requireHandled(Map.of(
                "walwire.backfill", "new",
                "walwire.backfill.order", "first",
                "walwire.backfill.readers", "4",
                "walwire.backfill.chunk", "1MiB",
                "walwire.backfill.rate", "1MiB"));
    }
}
