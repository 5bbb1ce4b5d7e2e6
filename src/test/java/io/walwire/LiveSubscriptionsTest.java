package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Subscriptions of a running instance come and go. */
class LiveSubscriptionsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();

    @BeforeEach
    void tables() throws SQLException {
        database.sql(
                "CREATE SCHEMA billing",
                "CREATE TABLE item (id int PRIMARY KEY)",
                "CREATE TABLE other (id int PRIMARY KEY)",
                "CREATE TABLE unpublished (id int PRIMARY KEY)",
                "CREATE TABLE billing.invoice (id int PRIMARY KEY)",
                "CREATE TABLE mark (id serial)",
                "CREATE PUBLICATION events FOR TABLE item, other, mark, billing.invoice");
    }

    private WalwireBuilder ofItemAndMark() {
        return Instances.temporary(database)
                .subscriptions("item", "mark")
                .handler(on -> on.allTables()
                        .filter(event -> !"mark".equals(event.source().table()))
                        .onChanges(trail.runs("any")))
                .handler(trail.marker());
    }

    private void insert(int id) throws SQLException {
        database.inTransaction(
                "INSERT INTO item VALUES (" + id + ")",
                "INSERT INTO other VALUES (" + id + ")",
                "INSERT INTO unpublished VALUES (" + id + ")",
                "INSERT INTO billing.invoice VALUES (" + id + ")");
    }

    private static void refused(ErrorCode code, String what, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(WalwireException.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(code))
                .hasMessageContaining(what);
    }

    private List<String> published() throws SQLException {
        return database
                .query("SELECT schemaname || '.' || tablename AS name FROM pg_publication_tables ORDER BY 1")
                .stream()
                .map(row -> String.valueOf(row.get("name")))
                .toList();
    }

    @Test
    void subscribe_eventsFromThenOn() throws Exception {
        try (Walwire walwire = ofItemAndMark().start()) {
            insert(1);
            assertThat(trail.upToMark(database)).containsExactly("any: item+1");
            walwire.addTables("other", "billing.*");
            insert(2);
            assertThat(trail.upToMark(database)).containsExactly("any: item+1", "any: item+2 other+2 invoice+2");
        }
    }

    @Test
    void subscribe_whatIsSubscribed_changesNothing() throws Exception {
        try (Walwire walwire = ofItemAndMark().start()) {
            walwire.addTables("item", "public.item");
            insert(1);
            assertThat(trail.upToMark(database)).containsExactly("any: item+1");
            walwire.removeTables("item");
            insert(2);
            assertThat(trail.upToMark(database)).containsExactly("any: item+1");
        }
    }

    @Test
    void unsubscribe_noMoreEvents() throws Exception {
        try (Walwire walwire = ofItemAndMark().start()) {
            walwire.addTables("other");
            insert(1);
            trail.upToMark(database);
            walwire.removeTables("item");
            insert(2);
            assertThat(trail.upToMark(database)).containsExactly("any: item+1 other+1", "any: other+2");
        }
    }

    @Test
    void unsubscribe_whatIsNotSubscribed_isRefused_andChangesNothing() throws Exception {
        try (Walwire walwire = ofItemAndMark().start()) {
            assertThatThrownBy(() -> walwire.removeTables("item", "other"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("public.other", "public.item");
            insert(1);
            assertThat(trail.upToMark(database)).containsExactly("any: item+1");
        }
    }

    @Test
    void subscribe_aTableThatIsNotPublished_isRefused_andChangesNothing() throws Exception {
        try (Walwire walwire = ofItemAndMark().start()) {
            refused(
                    ErrorCode.PUBLICATION,
                    "ALTER PUBLICATION \"events\" ADD TABLE ONLY \"public\".\"unpublished\"",
                    () -> walwire.addTables("other", "unpublished"));
            refused(ErrorCode.PUBLICATION, "no such table", () -> walwire.addTables("no_such"));
            insert(1);
            assertThat(trail.upToMark(database)).containsExactly("any: item+1");
            assertThat(published()).containsExactly("billing.invoice", "public.item", "public.mark", "public.other");
        }
    }

    @Test
    void subscribe_aNameThatCannotBeRead_isRefused() throws Exception {
        try (Walwire walwire = ofItemAndMark().start()) {
            assertThatThrownBy(() -> walwire.addTables("other", "a.b.c")).isInstanceOf(IllegalArgumentException.class);
            insert(1);
            assertThat(trail.upToMark(database)).containsExactly("any: item+1");
        }
    }

    @Test
    void subscribe_managedPublication_addsTheTable() throws Exception {
        try (Walwire walwire =
                ofItemAndMark().set("walwire.publication.manage", "true").start()) {
            walwire.addTables("unpublished");
            assertThat(published()).contains("public.unpublished");
            insert(1);
            assertThat(trail.upToMark(database)).containsExactly("any: item+1 unpublished+1");
        }
    }

    @Test
    void subscribe_managedPublication_missingTableIsRefused_andChangesNothing() throws Exception {
        try (Walwire walwire =
                ofItemAndMark().set("walwire.publication.manage", "true").start()) {
            assertThatThrownBy(() -> walwire.addTables("unpublished", "no_such"))
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContaining("no_such");
            assertThat(published()).doesNotContain("public.unpublished");
            insert(1);
            assertThat(trail.upToMark(database)).containsExactly("any: item+1");
        }
    }

    @Test
    void subscribe_fromAHandler_takesEffect() throws Exception {
        try (Walwire walwire = ofItemAndMark().start()) {
            walwire.addHandler(on -> on.table("item").onInserts(events -> walwire.addTables("other")));
            insert(1);
            trail.upToMark(database);
            insert(2);
            assertThat(trail.upToMark(database)).containsExactly("any: item+1", "any: item+2 other+2");
        }
    }

    @Test
    void subscribe_closedInstance_isRefused() throws Exception {
        Walwire walwire = ofItemAndMark().start();
        walwire.close();
        refused(ErrorCode.CLOSED, "closed", () -> walwire.addTables("other"));
        refused(ErrorCode.CLOSED, "closed", () -> walwire.addHandler(on -> {}));
    }
}
