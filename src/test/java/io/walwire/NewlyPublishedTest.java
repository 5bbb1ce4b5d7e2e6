package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Gap;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** A table is published while a transaction has written to it: PostgreSQL never sends the rows that it wrote before. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 18})
class NewlyPublishedTest {
    private static final String WAITING = "Waiting up to";

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<String> seen = new Recorder<>();
    private final Recorder<Gap> gaps = new Recorder<>();
    private String slot = "";
    private Connection writer;
    private Statement writes;

    @BeforeEach
    void tables() throws SQLException {
        slot = database.unique("slot");
        database.sql(
                "CREATE TABLE item (id bigint PRIMARY KEY, note text)",
                "CREATE TABLE late (id int PRIMARY KEY)",
                "CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100)",
                "CREATE PUBLICATION events FOR TABLE item WITH (publish_via_partition_root = true)");
        database.createSlot(slot);
        writer = database.connect();
        writer.setAutoCommit(false);
        writes = writer.createStatement();
    }

    @AfterEach
    void endWriter() throws SQLException {
        writer.close();
    }

    private WalwireBuilder reader(String manage, String wait, String... subscriptions) {
        return Items.reader(database)
                .slotName(slot)
                .subscriptions(subscriptions)
                .set("walwire.publication.manage", manage)
                .set("walwire.publication.wait", wait)
                .handler(on -> {
                    on.allTables()
                            .onInsert(event -> seen.add(
                                    event.source().table() + " " + event.row().get("id")));
                    on.onGap(event -> gaps.add(event.gap()));
                });
    }

    private int backend() {
        try {
            return writer.unwrap(PGConnection.class).getBackendPID();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private boolean isNoted() throws SQLException {
        return !database.query("SELECT 1 FROM pg_replication_slots WHERE slot_name LIKE 'walwire\\_gap\\_%' || ?", slot)
                .isEmpty();
    }

    @Test
    void openInsert_subscribeWaitsForIt_andIsCompleteAfterwards() throws Exception {
        writes.execute("INSERT INTO late VALUES (1)");
        Recorder<String> order = new Recorder<>();
        try (LogLines log = new LogLines();
                Walwire walwire = reader("true", "1m", "item").start()) {
            CompletableFuture<Void> subscribed = CompletableFuture.runAsync(() -> {
                walwire.addTables("late");
                order.add("subscribed");
            });
            assertThat(log.await(WAITING, "public.late")).contains("PID " + backend(), "role \"" + database.user());
            order.add("committing");
            writer.commit();
            subscribed.get();
            assertThat(order.all()).containsExactly("committing", "subscribed");
            log.await("public.late is complete from");
            database.sql("INSERT INTO late VALUES (2)");
            assertThat(seen.await(1)).containsExactly("late 2");
            assertThat(gaps.all()).isEmpty();
        }
    }

    @Test
    void openInsert_longerThanTheWait_subscribeIsRefused_untilItHasEnded() throws Exception {
        writes.execute("INSERT INTO parted_1 VALUES (1)");
        try (Walwire walwire = reader("true", "0", "item").start()) {
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatThrownBy(() -> walwire.addTables("parted"))
                        .isInstanceOfSatisfying(WalwireException.class, e -> assertThat(e.code())
                                .isEqualTo(ErrorCode.PUBLICATION))
                        .hasMessageContainingAll("public.parted", "PID " + backend(), "Call again");
            }
            writer.commit();
            walwire.addTables("parted");
            database.sql("INSERT INTO parted VALUES (2)");
            assertThat(seen.await(1)).containsExactly("parted 2");
        }
    }

    @Test
    void openInsert_handlerIsAddedAfterItsEnd() throws Exception {
        writes.execute("INSERT INTO late VALUES (1)");
        try (Walwire walwire = reader("true", "0", "*").start()) {
            assertThatThrownBy(() -> walwire.addHandler(on -> on.table("late").onInsert(event -> {})))
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContaining("public.late");
            writer.rollback();
            walwire.addHandler(on -> on.table("late").onInsert(event -> seen.add("added")));
            database.sql("INSERT INTO late VALUES (2)");
            assertThat(seen.await(2)).containsExactlyInAnyOrder("late 2", "added");
        }
    }

    @Test
    void openInsert_ofASubscribedTable_everyCallIsRefused_andHandlersOfAllTablesGetAGap() throws Exception {
        try (Walwire walwire = reader("true", "0", "public.*").start()) {
            database.sql("CREATE TABLE fresh (id int PRIMARY KEY)");
            writes.execute("INSERT INTO fresh VALUES (1)");
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatThrownBy(
                                () -> walwire.addHandler(on -> on.table("fresh").onInsert(event -> {})))
                        .isInstanceOf(WalwireException.class)
                        .hasMessageContainingAll("public.fresh", "Call again");
            }
            assertThatThrownBy(() -> walwire.addTables("fresh"))
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContainingAll("public.fresh", "Call again");
            writes.execute("INSERT INTO fresh VALUES (2)");
            writer.commit();
            assertThat(gaps.await(1).get(0).reason()).contains("public.fresh");
            walwire.addHandler(on -> on.table("fresh").onInsert(event -> seen.add("added")));
            database.sql("INSERT INTO fresh VALUES (3)");
            assertThat(seen.await(3)).containsExactlyInAnyOrder("fresh 2", "fresh 3", "added");
            assertThat(gaps.all()).hasSize(1);
            assertThat(isNoted()).isFalse();
        }
    }

    @Test
    void openInsert_startWaitsForIt() throws Exception {
        writes.execute("INSERT INTO late VALUES (1)");
        try (LogLines log = new LogLines()) {
            CompletableFuture<Walwire> starting = CompletableFuture.supplyAsync(
                    () -> reader("true", "1m", "late").start());
            log.await(WAITING, "public.late");
            writer.commit();
            try (Walwire walwire = starting.get()) {
                log.await("public.late is complete from");
                database.sql("INSERT INTO late VALUES (2)");
                assertThat(seen.await(1)).containsExactly("late 2");
                assertThat(walwire.status().lastError()).isNull();
            }
        }
    }

    @Test
    void openInsert_longerThanTheWait_startGoesOn_andDeliversAGapAtItsEnd() throws Exception {
        writes.execute("INSERT INTO late VALUES (1)");
        try (LogLines log = new LogLines();
                Walwire walwire = reader("true", "0", "item", "late").start()) {
            assertThat(log.await("WARN", "public.late")).contains("PID " + backend());
            assertThat(isNoted()).isTrue();
            Items.insert(database, 1);
            assertThat(seen.await(1)).containsExactly("item 1");
            writes.execute("INSERT INTO late VALUES (2)");
            writer.commit();
            Gap gap = gaps.await(1).get(0);
            assertThat(gap.reason()).contains("public.late");
            assertThat(gap.from()).isLessThan(gap.to());
            Items.insert(database, 2);
            assertThat(seen.await(3)).containsExactly("item 1", "late 2", "item 2");
            assertThat(isNoted()).isFalse();
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    private boolean isAsked() throws SQLException {
        return database.queryLong("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND backend_type = 'client backend' AND application_name LIKE 'walwire%'")
                > 0;
    }

    /** A server that stops smartly waits for plain connections. */
    @Test
    void openInsert_longerThanTheWait_plainConnectionIsGivenBack() throws Exception {
        assumeTrue(version == 18, "one is enough");
        writes.execute("INSERT INTO late VALUES (1)");
        try (Walwire walwire = reader("true", "0", "item", "late").start()) {
            Eventually.until(Duration.ofMinutes(3), () -> {
                boolean before = isAsked();
                database.query("SELECT pg_sleep(1)");
                return !before && !isAsked();
            });
            writer.commit();
            assertThat(gaps.await(1)).hasSize(1);
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    @Test
    void openInsert_noteRefusedForAMoment_isWrittenWhileItLasts() throws Exception {
        writes.execute("INSERT INTO late VALUES (1)");
        Link link = new Link(database);
        link.failOnceBeside();
        try (Walwire walwire = link.reader(database)
                .slotName(slot)
                .subscriptions("item", "late")
                .set("walwire.publication.manage", "true")
                .set("walwire.publication.wait", "0")
                .handler(on -> on.onGap(event -> gaps.add(event.gap())))
                .start()) {
            assertThat(link.hasFailedBeside()).isTrue();
            Eventually.until(Items.LONG, this::isNoted);
            writer.commit();
            gaps.await(1);
            Eventually.until(Items.LONG, () -> !isNoted());
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    /** The note is refused at the start, and again when the transaction has ended. */
    @Test
    void openInsert_noteRefusedForAsLongAsItLasts_isWrittenBeforeTheGap() throws Exception {
        writes.execute("INSERT INTO late VALUES (1)");
        Link link = new Link(database);
        link.failBeside(() -> {}, this::commit);
        Recorder<Boolean> noted = new Recorder<>();
        try (Walwire walwire = link.reader(database)
                .slotName(slot)
                .subscriptions("item", "late")
                .set("walwire.publication.manage", "true")
                .set("walwire.publication.wait", "0")
                .handler(on -> on.onGap(event -> noted.add(isNoted())))
                .start()) {
            assertThat(noted.await(1)).containsExactly(true);
            Eventually.until(Items.LONG, () -> !isNoted());
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    private void commit() {
        try {
            writer.commit();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** Nobody else looks for writers then. */
    @Test
    void publishedByHand_whileTheTableIsSubscribed_subscribeFindsTheWriters() throws Exception {
        try (Walwire walwire = reader("false", "0", "*").start()) {
            writes.execute("INSERT INTO late VALUES (1)");
            database.sql("ALTER PUBLICATION events ADD TABLE late");
            assertThatThrownBy(() -> walwire.addTables("late"))
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContainingAll("public.late", "Call again");
            writes.execute("INSERT INTO late VALUES (2)");
            writer.commit();
            assertThat(gaps.await(1).get(0).reason()).contains("public.late");
            assertThat(seen.await(1)).containsExactly("late 2");
        }
    }

    @Test
    void publishedByHand_restartedInTheMiddle_gapIsDeliveredByTheNextStart() throws Exception {
        writes.execute("INSERT INTO late VALUES (1)");
        database.sql("ALTER PUBLICATION events ADD TABLE late");
        try (LogLines log = new LogLines()) {
            reader("false", "0", "item", "late").start().close();
            log.await("WARN", "public.late");
        }
        writer.commit();
        assertThat(gaps.all()).isEmpty();
        try (Walwire walwire = reader("false", "0", "item", "late").start()) {
            assertThat(gaps.await(1)).hasSize(1);
            Items.insert(database, 1);
            assertThat(seen.await(1)).containsExactly("item 1");
            assertThat(isNoted()).isFalse();
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    @Test
    void preparedInsert_isNamed_andItsEndIsAwaited() throws Exception {
        String gid = database.unique("prepared");
        writes.execute("INSERT INTO late VALUES (1)");
        database.sql("ALTER PUBLICATION events ADD TABLE late");
        writes.execute("PREPARE TRANSACTION '" + gid + "'");
        try (LogLines log = new LogLines();
                Walwire walwire = reader("false", "0", "late").start()) {
            assertThat(log.await("WARN", "public.late")).contains("the prepared transaction '" + gid + "'");
            database.sql("COMMIT PREPARED '" + gid + "'");
            assertThat(gaps.await(1)).hasSize(1);
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    @Test
    void writersOfOtherTables_andThoseWhoBeganLater_areNotAwaited() throws Exception {
        writes.execute("INSERT INTO parted VALUES (1)");
        database.sql("ALTER PUBLICATION events ADD TABLE late");
        try (Connection later = database.connect();
                Statement statement = later.createStatement();
                LogLines log = new LogLines()) {
            later.setAutoCommit(false);
            statement.execute("INSERT INTO late VALUES (1)");
            try (Walwire walwire = reader("false", "0", "item", "late").start()) {
                walwire.removeTables("late");
                walwire.addTables("late");
                later.commit();
                assertThat(seen.await(1)).containsExactly("late 1");
            }
            assertThat(log.with(WAITING)).isEmpty();
        }
    }
}
