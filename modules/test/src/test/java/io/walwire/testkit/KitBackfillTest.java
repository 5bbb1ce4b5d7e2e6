package io.walwire.testkit;

import static io.walwire.testkit.WalwireKit.UNCHANGED;
import static io.walwire.testkit.WalwireKit.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.backfill.BackfillState;
import io.walwire.error.ConfigurationException;
import io.walwire.event.BackfilledEvent;
import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.event.ReadEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Recorder;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Existing rows, without a database. */
class KitBackfillTest {
    private final Recorder<String> heard = new Recorder<>();
    private final EventHandler mirror = on -> on.table("products")
            .onUpserts(events -> heard.add(String.join(" ", texts(events))))
            .onDelete(event ->
                    heard.add("delete " + Objects.requireNonNull(event.key()).getLong("id")))
            .onTruncate(event -> heard.add("truncate"))
            .onBackfilled(event -> heard.add("complete"));

    private static List<String> texts(List<RowEvent<Row>> events) {
        return events.stream()
                .map(event -> event.kind().jsonName() + " " + event.row().getLong("id") + "="
                        + (event.unavailable().contains("name")
                                ? "?"
                                : event.row().getString("name")))
                .toList();
    }

    private static Map<String, @Nullable Object> product(long id, @Nullable Object name) {
        return row("id", id, "name", name);
    }

    private WalwireKitBuilder builder() {
        return WalwireKit.builder()
                .table(
                        "products",
                        t -> t.column("id", "int8").column("name", "text").primaryKey("id"))
                .handler("mirror", mirror);
    }

    private WalwireKit started(Consumer<WalwireKitBuilder> more) {
        WalwireKitBuilder builder = builder();
        more.accept(builder);
        return builder.start();
    }

    @Test
    void rows_comeChunkByChunk_betweenChanges() {
        try (WalwireKit kit = builder().start()) {
            kit.existing("products", product(1, "a"), product(2, "b"));
            kit.existing("products", product(3, "c"), product(4, "d"));
            kit.commit(tx -> tx.insert("products", product(5, "e")));
            kit.awaitHandled();
            KitBackfill reading = kit.backfill("products");
            kit.commit(tx -> tx.update("products", product(1, "a"), row("name", "A")));
            assertThat(reading.next()).isTrue();
            assertThat(reading.run().progress().rows()).isEqualTo(2);
            kit.commit(tx -> tx.update("products", product(2, "b"), row("name", "B")));
            kit.commit(tx ->
                    tx.update("products", product(3, "c"), row("name", "C")).delete("products", product(4, "d")));
            assertThat(reading.next()).isTrue();
            kit.commit(tx -> tx.insert("products", product(6, "f")));
            assertThat(reading.next()).isTrue();
            assertThat(reading.next()).isFalse();
            assertThat(heard.all())
                    .containsExactly(
                            "insert 5=e",
                            "update 1=A",
                            "read 2=b read 1=A",
                            "update 2=B",
                            "update 3=C",
                            "delete 4",
                            "read 3=C",
                            "insert 6=f",
                            "read 5=e",
                            "complete");
            assertThat(reading.run().progress().state()).isEqualTo(BackfillState.DONE);
        }
    }

    /** The row that was read is older than the change, which handlers have got by then. */
    @Test
    void rowThatChangesWhileItIsRead_isLeftOut() {
        try (WalwireKit kit = builder().start()) {
            kit.existing("products", product(1, "a"), product(2, "b"), product(3, "c"));
            KitBackfill reading = kit.backfill("products");
            reading.next(() -> kit.commit(tx ->
                    tx.update("products", product(1, "a"), row("name", "A")).delete("products", product(3, "c"))));
            reading.rest();
            assertThat(heard.all()).containsExactly("update 1=A", "delete 3", "read 2=b", "complete");
        }
    }

    @Test
    void truncateWhileRowsAreRead_leavesAllOut() {
        try (WalwireKit kit = builder().start()) {
            kit.existing("products", product(1, "a"));
            kit.existing("products", product(2, "b"));
            KitBackfill reading = kit.backfill("products");
            reading.next(() -> kit.commit(tx -> tx.truncate("products").insert("products", product(3, "c"))));
            reading.rest();
            assertThat(heard.all()).containsExactly("truncate", "insert 3=c", "complete");
        }
    }

    /** PostgreSQL does not send a large value that did not change, so that nobody has the whole row. */
    @Test
    void rowWhoseChangeLacksAValue_isReadAgain() {
        try (WalwireKit kit = started(builder -> builder.table("products", t -> t.column("id", "int8")
                .column("name", "text")
                .column("price", "int4")
                .primaryKey("id")))) {
            kit.existing("products", row("id", 1, "name", "large", "price", 1));
            KitBackfill reading = kit.backfill("products");
            reading.next(() -> kit.commit(
                    tx -> tx.update("products", row("id", 1, "name", UNCHANGED, "price", 1), row("price", 2))));
            assertThat(heard.all()).containsExactly("update 1=?");
            assertThat(reading.next()).isTrue();
            assertThat(reading.next()).isFalse();
            assertThat(heard.all()).containsExactly("update 1=?", "read 1=large", "complete");
        }
    }

    @Test
    void reads_haveTheirPlaceAmongChanges_andTheSameIdAgain() {
        try (WalwireKit kit = started(builder ->
                builder.existing("products", product(1, "a")).configure(each -> each.set("walwire.backfill", "new")))) {
            kit.awaitBackfilled("products");
            Committed change = kit.commit(tx -> tx.update("products", product(1, "a"), row("name", "A")));
            kit.awaitHandled();
            kit.loseSlot(); // everything is read again
            kit.commit(tx -> tx.delete("products", product(1, "A")));
            kit.awaitHandled();
            List<Event> events = kit.delivered("products");
            ReadEvent<?> read = (ReadEvent<?>) events.get(0);
            assertThat(read.toJson()).contains("\"name\":\"a\"");
            assertThat(read.position()).isLessThan(change.commitLsn()).isGreaterThan(Lsn.ZERO);
            assertThat(events.get(1)).isInstanceOf(BackfilledEvent.class);
            kit.restart(); // as with a temporary slot
            kit.existing("products", product(1, "new"));
            kit.backfill("products").rest();
            assertThat(kit.delivered("products").stream()
                            .filter(ReadEvent.class::isInstance)
                            .map(each -> ((ReadEvent<?>) each).id().toString())
                            .map(id -> id.substring(id.indexOf('/')))
                            .distinct())
                    .hasSize(1);
        }
    }

    /** Of the application: nothing waits for the test. */
    @Test
    void runOfTheApplication_readsEverything() {
        try (WalwireKit kit = builder().start()) {
            kit.existing("products", product(1, "a"));
            kit.existing("products", product(2, "b"));
            kit.walwire().backfill("products").handlers("mirror").start();
            kit.awaitBackfilled("products");
            assertThat(heard.all()).containsExactly("read 1=a", "read 2=b", "complete");
        }
    }

    /** A server's clock would say that the stream is years behind. */
    @Test
    void changeOfAnotherTime_holdsNoReadingUp() {
        try (WalwireKit kit = builder().start()) {
            kit.existing("products", product(1, "a"));
            KitBackfill reading = kit.backfill("products");
            kit.commit(tx -> tx.insert("products", product(2, "b")).timestamp(Instant.parse("2001-01-01T00:00:00Z")));
            reading.next(() -> kit.commit(
                    tx -> tx.insert("products", product(3, "c")).timestamp(Instant.parse("2002-01-01T00:00:00Z"))));
            reading.rest();
            // a snapshot may show a row that was inserted while the run began; such a row is read
            assertThat(heard.all())
                    .filteredOn(each -> !each.equals("read 2=b"))
                    .containsExactly("insert 2=b", "insert 3=c", "read 1=a", "complete");
        }
    }

    @Test
    void emptyTable_isComplete() {
        try (WalwireKit kit = builder().start()) {
            kit.backfill("products").rest();
            assertThat(heard.all()).containsExactly("complete");
        }
    }

    @Test
    void failedCall_getsItsRowsAgain() {
        try (WalwireKit kit = started(builder -> builder.configure(
                each -> each.failurePolicy(FailurePolicy.retry(3, Duration.ofMillis(1), Duration.ofMillis(1)))))) {
            kit.existing("products", product(1, "a"));
            kit.failAfterCalls(mirror, 1, new IOException("no answer"));
            kit.backfill("products").rest();
            assertThat(heard.all()).containsExactly("read 1=a", "read 1=a", "complete");
        }
    }

    @Test
    void failedHandler_endsTheRun() {
        WalwireKit kit = builder().start();
        kit.existing("products", product(1, "a"));
        kit.failCalls(mirror, 1, new IOException("away"));
        KitBackfill reading = kit.backfill("products");
        assertThatThrownBy(reading::next)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("The backfill of public.products has failed");
        kit.awaitFailure();
        kit.close();
    }

    @Test
    void lostConnection_repeatsNoRow() {
        try (WalwireKit kit = builder().start()) {
            kit.existing("products", product(1, "a"));
            kit.existing("products", product(2, "b"));
            KitBackfill reading = kit.backfill("products");
            reading.next();
            kit.disconnect();
            reading.next(kit::disconnect);
            reading.rest();
            assertThat(heard.all()).containsExactly("read 1=a", "read 2=b", "complete");
        }
    }

    @Test
    void gap_beginsAgain() {
        try (WalwireKit kit = builder().start()) {
            kit.existing("products", product(1, "a"));
            kit.existing("products", product(2, "b"));
            KitBackfill reading = kit.backfill("products");
            reading.next();
            kit.loseSlot();
            kit.awaitHandled();
            reading.rest();
            assertThat(heard.all()).containsExactly("read 1=a", "read 1=a", "read 2=b", "complete");
        }
    }

    @Test
    void reset_hasTheRowsOfTheBeginning() {
        try (WalwireKit kit = started(builder -> builder.existing("products", product(1, "a")))) {
            kit.existing("products", product(2, "b"));
            kit.commit(tx -> tx.insert("products", product(3, "c")));
            kit.awaitHandled();
            kit.reset();
            kit.backfill("products").rest();
            assertThat(heard.all()).containsExactly("insert 3=c", "read 1=a", "complete");
        }
    }

    @Test
    void restart_endsTheRun_andAnotherCanBeStarted() {
        try (WalwireKit kit = builder().start()) {
            kit.existing("products", product(1, "a"));
            kit.backfill("products");
            kit.restart();
            KitBackfill reading = kit.backfill("products");
            assertThat(reading.next()).isTrue();
            reading.rest();
            assertThat(heard.all()).containsExactly("read 1=a", "complete");
        }
    }

    @Test
    void cancelledRun_isNeverComplete() {
        try (WalwireKit kit = builder().start()) {
            kit.existing("products", product(1, "a"));
            kit.existing("products", product(2, "b"));
            KitBackfill reading = kit.backfill("products");
            reading.next();
            reading.run().cancel();
            reading.rest();
            assertThat(reading.run().progress().state()).isEqualTo(BackfillState.CANCELLED);
            assertThat(heard.all()).startsWith("read 1=a").doesNotContain("complete");
        }
    }

    @Test
    void secondRun_waitsForTheFirst() {
        try (WalwireKit kit = builder().start()) {
            KitBackfill first = kit.backfill("products");
            assertThatThrownBy(() -> kit.backfill("products"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("public.products has not ended: call rest()");
            first.rest();
        }
    }

    @Test
    void tableThatNoHandlerReads_isRefused() {
        try (WalwireKit kit = started(
                builder -> builder.table("orders", t -> t.column("id", "int8").primaryKey("id")))) {
            assertThatThrownBy(() -> kit.backfill("orders"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("No handler and no watch asks for the existing rows of public.orders");
            kit.backfill("products").rest();
        }
    }

    @Test
    void rowsThatCannotBe_areRefused() {
        try (WalwireKit kit = started(builder -> builder.table("notes", t -> t.column("note", "text")))) {
            kit.existing("products", product(1, "a"));
            assertThatThrownBy(() -> kit.existing("products", product(1, "b")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("Table public.products has two rows with the key [1]");
            assertThatThrownBy(() -> kit.existing("products", row("name", "b")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("has no value for id");
            assertThatThrownBy(() -> kit.existing("products", product(2, UNCHANGED)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("has all its values");
            assertThatThrownBy(() -> kit.existing("products", row("id", 2, "size", 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no column size");
            assertThatThrownBy(() -> kit.existing("notes", row("note", "b")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("has no key");
        }
    }

    @Test
    void valueThatTheTestHasNeverNamed_isNotInvented() {
        try (WalwireKit kit = builder().start()) {
            kit.existing("products", product(1, "a"));
            kit.commit(tx -> tx.update("products", row("id", 2), row("name", UNCHANGED)));
            kit.commit(tx -> tx.update("products", row("id", 1), row("name", UNCHANGED)));
            kit.awaitHandled();
            kit.backfill("products").rest();
            assertThat(heard.all()).containsExactly("update 2=?", "update 1=?", "read 1=a", "complete");
        }
    }
}
