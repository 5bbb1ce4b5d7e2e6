package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Position;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Any number of handlers and declarations, all of them called, and what happens if one throws. */
class DeclarationsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, name text)",
                "CREATE TABLE other (id int PRIMARY KEY, name text)");
    }

    @Test
    void declarations_ofOneKindInOneHandler_allCalledInOrder() throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> {
                    on.table("item").onInserts(trail.runs("first")).onInserts(trail.runs("second"));
                    on.table("other").onInserts(trail.runs("other's"));
                    on.table("item").onChanges(trail.runs("third"));
                    on.allTables()
                            .filter(event -> "item".equals(event.source().table()))
                            .onChanges(trail.runs("fourth"));
                })
                .handler(trail.marker())
                .start()) {
            database.inTransaction("INSERT INTO item VALUES (1)", "INSERT INTO other VALUES (2)");
            assertThat(trail.upToMark(database))
                    .containsExactly(
                            "first: item+1", "second: item+1", "third: item+1", "fourth: item+1", "other's: other+2");
        }
    }

    @Test
    void handlers_ofOneTable_calledInTheOrderInWhichTheyWereAdded() throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.table("item").onInserts(trail.runs("a")))
                .handler(on -> on.table("item").onInserts(trail.runs("b")))
                .handler(on -> on.table("item").onInserts(trail.runs("c")))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(trail.upToMark(database)).containsExactly("a: item+1", "b: item+1", "c: item+1");
        }
    }

    @Test
    void handler_addedTwice_calledTwice() throws Exception {
        io.walwire.handler.EventHandler handler = on -> on.table("item").onInserts(trail.runs("it"));
        try (Walwire walwire = Instances.temporary(database)
                .handler(handler)
                .handler(handler)
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(trail.upToMark(database)).containsExactly("it: item+1", "it: item+1");
        }
    }

    @Test
    void perEventForms_calledOnceForEachEventInOrder() throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.table("item")
                        .onInsert(trail.events("insert"))
                        .onUpdate(trail.events("update"))
                        .onDelete(trail.events("delete"))
                        .onTruncate(trail.events("truncate")))
                .handler(trail.marker())
                .start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1), (2)",
                    "UPDATE item SET name = 'n'",
                    "DELETE FROM item",
                    "TRUNCATE item");
            assertThat(trail.upToMark(database))
                    .containsExactly(
                            "insert: item+1",
                            "insert: item+2",
                            "update: item~1",
                            "update: item~2",
                            "delete: item-1",
                            "delete: item-2",
                            "truncate: item!");
        }
    }

    @Test
    void onChange_calledForEveryKind() throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.table("item").onChange(trail.events("any")))
                .handler(trail.marker())
                .start()) {
            database.inTransaction("INSERT INTO item VALUES (1)", "DELETE FROM item", "TRUNCATE item");
            assertThat(trail.upToMark(database)).containsExactly("any: item+1", "any: item-1", "any: item!");
        }
    }

    /** The other kinds have callbacks of their own. */
    @Test
    void changesOfAllTables_areRowsAndTruncatesAlone() throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> {
                    on.onMessage("m", event -> trail.add("message"));
                    on.onGap(event -> trail.add("gap"));
                    on.allTables()
                            .filter(event -> !"mark".equals(event.source().table()))
                            .onChange(trail.events("single"))
                            .onChanges(trail.runs("run"))
                            .onSchema(trail.events("schema"));
                })
                .handler(trail.marker())
                .start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1)",
                    "SELECT pg_logical_emit_message(true, 'm', 'hello')",
                    "ALTER TABLE item ADD more int",
                    "INSERT INTO item VALUES (2)",
                    "TRUNCATE item");
            assertThat(trail.upToMark(database))
                    .containsExactlyInAnyOrder(
                            "single: item+1",
                            "message",
                            "schema: item^",
                            "single: item+2",
                            "single: item!",
                            "run: item+1 item+2 item!");
        }
    }

    @Test
    void transactionCallbacks_calledAfterThoseOfTables() throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> {
                    on.onTransaction(tx -> trail.add("first of " + tx.events().size()));
                    on.table("item").onInserts(trail.runs("table"));
                })
                .handler(on -> on.onTransaction(tx -> trail.add("second")))
                .start()) {
            database.inTransaction("INSERT INTO item VALUES (1)", "INSERT INTO other VALUES (1)");
            assertThat(trail.await(3)).containsExactly("table: item+1", "first of 2", "second");
        }
    }

    @Test
    void callbacks_runOnTheHandlerThread() throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .name("shop")
                .handler(on -> {
                    on.table("item")
                            .onInserts(
                                    events -> trail.add(Thread.currentThread().getName()));
                    on.onTransaction(tx -> trail.add(Thread.currentThread().getName()));
                })
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(trail.await(2)).containsExactly("walwire-shop-handler", "walwire-shop-handler");
        }
    }

    @Test
    void handlerThatThrows_stopsUnconfirmed_andSaysWhere() throws Exception {
        Recorder<Position> refused = new Recorder<>();
        Recorder<Position> commits = new Recorder<>();
        try (Walwire walwire = Instances.durable(database)
                .handler(on -> on.table("item")
                        .onInserts(trail.runs("before"))
                        .onInsert(event -> commits.add(event.id().position())))
                .handler(on -> on.table("item").onInserts(events -> {
                    refused.add(
                            Objects.requireNonNull(events.get(0).transaction().position()));
                    throw new java.io.IOException("no mail today");
                }))
                .handler(on -> on.table("item").onInserts(trail.runs("after")))
                .failurePolicy(FailurePolicy.stop())
                .start()) {
            database.sql("INSERT INTO item VALUES (77)");
            assertThatThrownBy(() -> walwire.awaitTermination(Items.LONG))
                    .isInstanceOfSatisfying(WalwireException.class, failure -> assertThat(failure.code())
                            .isEqualTo(ErrorCode.HANDLER))
                    .hasMessageContainingAll(
                            getClass().getName(), "insert public.item", "no mail today", "Nothing of this transaction")
                    .hasRootCauseInstanceOf(java.io.IOException.class);
            assertThat(trail.await(1)).containsExactly("before: item+77");
            assertThat(Instances.confirmed(database))
                    .isLessThanOrEqualTo(refused.await(1).get(0));
        }
    }

    @Test
    void handlerThatThrowsInterrupted_stopsTheInstance() throws Exception {
        try (Walwire walwire = Instances.durable(database)
                .handler(on -> on.table("item").onInserts(events -> {
                    throw new InterruptedException("by the user's own code");
                }))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThatThrownBy(() -> assertThat(walwire.awaitTermination(Items.LONG))
                            .as("ended")
                            .isTrue())
                    .isInstanceOfSatisfying(WalwireException.class, failure -> assertThat(failure.code())
                            .isEqualTo(ErrorCode.HANDLER));
        }
    }

    @Test
    void filterThatThrows_stopsTheInstance_andSaysSo() throws Exception {
        try (Walwire walwire = Instances.durable(database)
                .handler(on -> on.table("item")
                        .filter(event -> {
                            throw new IllegalStateException("broken filter");
                        })
                        .onInserts(trail.runs("never")))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThatThrownBy(() -> walwire.awaitTermination(Items.LONG))
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContainingAll("its filter", "broken filter", "insert public.item");
        }
    }
}
