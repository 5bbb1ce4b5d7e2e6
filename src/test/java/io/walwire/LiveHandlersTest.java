package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.handler.EventHandler;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Handlers of a running instance come and go. */
class LiveHandlersTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();

    @BeforeEach
    void tables() throws SQLException {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY)",
                "CREATE TABLE other (id int PRIMARY KEY)",
                "CREATE TABLE unpublished (id int PRIMARY KEY)",
                "CREATE TABLE mark (id serial)",
                "CREATE PUBLICATION events FOR TABLE item, other, mark");
    }

    private EventHandler inserts(String label) {
        return on -> on.table("item").onInserts(trail.runs(label));
    }

    private void insert(int id) throws SQLException {
        database.sql("INSERT INTO item VALUES (" + id + ")");
    }

    @Test
    void addHandler_calledFromThenOn_afterTheOthers() throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .handler(inserts("first"))
                .handler(trail.marker())
                .start()) {
            insert(1);
            trail.upToMark(database);
            walwire.addHandler(inserts("second"));
            insert(2);
            assertThat(trail.upToMark(database)).containsExactly("first: item+1", "first: item+2", "second: item+2");
        }
    }

    @Test
    void removeHandler_isNotCalledAnyMore() throws Exception {
        EventHandler first = inserts("first");
        EventHandler second = inserts("second");
        try (Walwire walwire = Instances.temporary(database)
                .handler(first)
                .handler(second)
                .handler(trail.marker())
                .start()) {
            insert(1);
            trail.upToMark(database);
            walwire.removeHandler(first);
            insert(2);
            assertThat(trail.upToMark(database)).containsExactly("first: item+1", "second: item+1", "second: item+2");
            walwire.addHandler(first);
            insert(3);
            assertThat(trail.upToMark(database)).endsWith("second: item+3", "first: item+3");
        }
    }

    @Test
    void removeHandler_thatIsNotThere_isRefused() {
        EventHandler handler = inserts("first");
        try (Walwire walwire = Instances.temporary(database).handler(handler).start()) {
            assertThatThrownBy(() -> walwire.removeHandler(inserts("another")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("Not a handler");
            walwire.removeHandler(handler);
            assertThatThrownBy(() -> walwire.removeHandler(handler)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void addHandler_ofATableThatIsNotPublished_isRefused_andChangesNothing() throws Exception {
        EventHandler first = inserts("first");
        try (Walwire walwire = Instances.temporary(database)
                .handler(first)
                .handler(trail.marker())
                .start()) {
            assertThatThrownBy(() -> walwire.addHandler(on -> {
                        on.table("item").onInserts(trail.runs("refused"));
                        on.table("unpublished").onInserts(trail.runs("refused"));
                    }))
                    .isInstanceOfSatisfying(WalwireException.class, refusal -> assertThat(refusal.code())
                            .isEqualTo(ErrorCode.PUBLICATION))
                    .hasMessageContaining("public.unpublished");
            insert(1);
            assertThat(trail.upToMark(database)).containsExactly("first: item+1");
        }
    }

    @Test
    void addHandler_ofATableThatIsNotSubscribed_isRefused_andChangesNothing() throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .subscriptions("item", "mark")
                .set("walwire.publication.manage", "true")
                .handler(inserts("first"))
                .handler(trail.marker())
                .start()) {
            assertThatThrownBy(() -> walwire.addHandler(on -> {
                        on.table("item").onInserts(trail.runs("refused"));
                        on.table("unpublished").onInserts(trail.runs("refused"));
                    }))
                    .isInstanceOfSatisfying(WalwireException.class, refusal -> assertThat(refusal.code())
                            .isEqualTo(ErrorCode.CONFIGURATION))
                    .hasMessageContainingAll("public.unpublished", "not subscribed");
            insert(1);
            assertThat(trail.upToMark(database)).containsExactly("first: item+1");
            assertThat(database.queryLong("SELECT count(*) FROM pg_publication_tables WHERE tablename = 'unpublished'"))
                    .isZero();
            walwire.addTables("unpublished");
            walwire.addHandler(on -> on.table("unpublished").onInserts(trail.runs("taken")));
            database.sql("INSERT INTO unpublished VALUES (2)");
            assertThat(trail.upToMark(database)).containsExactly("first: item+1", "taken: unpublished+2");
        }
    }

    @Test
    void addHandler_refused_whenAlreadyThere_keepsTheOneThatIsThere() throws Exception {
        boolean[] greedy = new boolean[1];
        EventHandler handler = on -> {
            on.table("item").onInserts(trail.runs("it"));
            if (greedy[0]) {
                on.table("unpublished").onInserts(trail.runs("it"));
            }
        };
        try (Walwire walwire = Instances.temporary(database)
                .handler(handler)
                .handler(trail.marker())
                .start()) {
            greedy[0] = true;
            assertThatThrownBy(() -> walwire.addHandler(handler)).isInstanceOf(WalwireException.class);
            insert(1);
            assertThat(trail.upToMark(database)).containsExactly("it: item+1");
        }
    }

    @Test
    void addAndRemove_fromAHandler_takeEffectWithTheNextTransaction() throws Exception {
        EventHandler late = inserts("late");
        try (Walwire walwire =
                Instances.temporary(database).handler(trail.marker()).start()) {
            EventHandler adder = on -> on.table("other").onInserts(events -> walwire.addHandler(late));
            EventHandler remover = on -> on.table("other").onDeletes(events -> walwire.removeHandler(late));
            walwire.addHandler(adder);
            walwire.addHandler(remover);
            database.inTransaction("INSERT INTO other VALUES (1)", "INSERT INTO item VALUES (1)");
            database.inTransaction("DELETE FROM other", "INSERT INTO item VALUES (2)");
            database.inTransaction("INSERT INTO item VALUES (3)");
            assertThat(trail.upToMark(database)).containsExactly("late: item+2");
        }
    }
}
