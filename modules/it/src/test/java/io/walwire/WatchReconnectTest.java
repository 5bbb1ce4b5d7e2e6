package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Changed;
import io.walwire.watch.WatchEvent.Resync;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Subscriptions outlive their connection. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@ParameterizedClass
@EnumSource(EitherSource.class)
class WatchReconnectTest {
    @Parameter
    EitherSource source = EitherSource.REPLICATION;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws SQLException {
        Items.create(database);
    }

    private static List<Object> shown(List<WatchEvent> events) {
        return events.stream()
                .<Object>map(event -> event instanceof Changed changed ? Watching.line(changed) : event)
                .toList();
    }

    @Test
    void durable_resyncWithoutGap_nothingMissing_nothingTwice() throws Exception {
        Recorder<WatchEvent> delivered = new Recorder<>();
        Link link = new Link(database);
        try (Walwire walwire = source.through(link, database)
                .slotName(Instances.slot(database))
                .start()) {
            walwire.watch("item").label("items").subscribe(delivered::add);
            Items.insert(database, 1, 2);
            delivered.await(2);
            Gate away = link.hold();
            source.loseConnection(database);
            away.awaitReached();
            Items.insert(database, 3);
            away.open();
            delivered.await(4);
            Items.insert(database, 4);
            List<Object> shown = shown(delivered.await(5));
            assertThat(shown).hasSize(5).startsWith("+1", "+2").endsWith("+3", "+4");
            Resync resync = (Resync) shown.get(2);
            assertThat(resync.gap()).isNull();
            assertThat(resync.label()).isEqualTo("items");
            assertThat(resync.toJson()).contains("\"type\":\"resync\"", "\"missing\":false", "\"label\":\"items\"");
        }
    }

    @Test
    void continuityLost_resyncWithGap_alsoToWatchesOfOtherRows() throws Exception {
        Recorder<WatchEvent> delivered = new Recorder<>();
        Recorder<WatchEvent> other = new Recorder<>();
        Link link = new Link(database);
        try (Walwire walwire = source.through(link, database).start()) {
            walwire.watch("item").subscribe(delivered::add);
            walwire.watch("item").key(77).subscribe(other::add);
            Items.insert(database, 1);
            delivered.await(1);
            Gate away = link.hold();
            source.loseConnection(database);
            away.awaitReached();
            source.forget(database);
            Items.insert(database, 2);
            away.open();
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            Items.insert(database, 3);
            List<Object> shown = shown(delivered.await(3));
            assertThat(shown).hasSize(3).startsWith("+1").endsWith("+3");
            Resync resync = (Resync) shown.get(1);
            assertThat(resync.gap()).isNotNull();
            assertThat(resync.toJson())
                    .contains(
                            "\"missing\":true",
                            source == EitherSource.REPLICATION ? "temporary slot" : "cursor is gone");
            assertThat(other.await(1)).containsExactly(new Resync(null, 0, resync.reason(), resync.gap()));
        }
    }

    /** What was handled before the connection broke comes again, and is delivered once. */
    @Test
    void cutInALargeTransaction_everyEventOnce() throws Exception {
        int rows = 3_000;
        Gate gate = new Gate();
        Recorder<WatchEvent> delivered = new Recorder<>();
        try (Walwire walwire = source.temporary(database)
                .slotName(Instances.slot(database))
                .set("walwire.buffer", "64KiB")
                .handler(on -> on.table("item").onInsert(event -> {
                    if (Items.id(event) == 200) {
                        gate.pass();
                    }
                }))
                .start()) {
            walwire.watch("item").keysOnly().subscribe(Runnable::run, delivered::add);
            database.sql("INSERT INTO item SELECT g, repeat('x', 500) FROM generate_series(1, " + rows + ") g");
            gate.awaitReached();
            source.loseConnection(database);
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 1);
            gate.open();
            Items.insert(database, rows + 1);
            delivered.await(rows + 2);
        }
        List<String> changes = delivered.all().stream()
                .filter(Changed.class::isInstance)
                .map(Watching::line)
                .toList();
        assertThat(changes)
                .isEqualTo(LongStream.rangeClosed(1, rows + 1)
                        .mapToObj(id -> "+" + id)
                        .toList());
    }
}
