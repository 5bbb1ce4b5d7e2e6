package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Transaction;
import io.walwire.handler.Filter;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Filters of relations and kinds, their combinations, and where in a chain of declarations they apply. */
class FilterCombinationTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE SCHEMA billing",
                "CREATE TABLE \"user\" (id int PRIMARY KEY)",
                "CREATE TABLE item (id int PRIMARY KEY)",
                "CREATE TABLE billing.\"user\" (id int PRIMARY KEY)",
                "CREATE TABLE billing.invoice (id int PRIMARY KEY)");
    }

    private Transaction transaction(String... statements) throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.onTransaction(transactions::add))
                .start()) {
            database.inTransaction(statements);
            return transactions.await(1).get(0);
        }
    }

    private Transaction ofEveryTable() throws Exception {
        return transaction(
                "INSERT INTO \"user\" VALUES (1)",
                "INSERT INTO item VALUES (2)",
                "INSERT INTO billing.\"user\" VALUES (3)",
                "INSERT INTO billing.invoice VALUES (4)");
    }

    private static List<String> ids(Transaction transaction, Filter filter) {
        return transaction.events().stream()
                .filter(filter)
                .map(event -> Trail.line(event).replaceAll("\\D", ""))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "public:user, 1",
        "billing:user, 3",
        "billing.user, 3",
        "billing.*, 3 4",
        "*.user, 1 3",
        "public:billing.user, ''",
        "*, 1 2 3 4",
        "'', 1 2 3 4",
        "billing, 3 4",
        "billing:*, 3 4",
        "*:user, 1 3",
        "no_such, ''",
        "public:us, ''",
    })
    void relation_keepsTheRelationsEvents(String relation, String expected) throws Exception {
        assertThat(String.join(" ", ids(ofEveryTable(), Filter.relation(relation))))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a:b:c", "::", "public:user:id", "a.b.c", "billing.\"user\""})
    void relation_ofMoreThanTwoParts_isRefused(String relation) {
        assertThatThrownBy(() -> Filter.relation(relation))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(relation, "schema:table");
    }

    @Test
    void insertUpdateDeleteOf_keepOneKindOfOneTable() throws Exception {
        Transaction transaction = transaction(
                "INSERT INTO \"user\" VALUES (1)",
                "UPDATE \"user\" SET id = 2",
                "DELETE FROM \"user\"",
                "INSERT INTO billing.\"user\" VALUES (3)",
                "DELETE FROM billing.\"user\"",
                "TRUNCATE item");
        assertThat(ids(transaction, Filter.insertOf("user"))).containsExactly("1");
        assertThat(ids(transaction, Filter.updateOf("user"))).containsExactly("2");
        assertThat(ids(transaction, Filter.deleteOf("public:user"))).containsExactly("2");
        assertThat(ids(transaction, Filter.insertOf("billing:user"))).containsExactly("3");
        assertThat(ids(transaction, Filter.insertOf("billing.user"))).containsExactly("3");
        assertThat(ids(transaction, Filter.updateOf("billing:user"))).isEmpty();
        assertThat(transaction.events().stream().filter(Filter.kind(Kind.TRUNCATE)))
                .hasSize(1);
        assertThatThrownBy(() -> Filter.insertOf("a:b:c")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void matchesAny_oneEventIsEnough() throws Exception {
        Transaction transaction = transaction("INSERT INTO item VALUES (1)", "INSERT INTO billing.invoice VALUES (2)");
        assertThat(Filter.insertOf("item").matchesAny(transaction)).isTrue();
        assertThat(Filter.insertOf("billing:invoice").matchesAny(transaction)).isTrue();
        assertThat(Filter.relation("billing").matchesAny(transaction)).isTrue();
        assertThat(Filter.ALL.matchesAny(transaction)).isTrue();
        assertThat(Filter.deleteOf("item").matchesAny(transaction)).isFalse();
        assertThat(Filter.insertOf("user").matchesAny(transaction)).isFalse();
    }

    @Test
    void combinations_andOrNegateWhere() throws Exception {
        Transaction transaction = ofEveryTable();
        Filter users = Filter.relation("*:user");
        Filter billing = Filter.relation("billing");
        assertThat(ids(transaction, users.and(billing))).containsExactly("3");
        assertThat(ids(transaction, users.or(billing))).containsExactly("1", "3", "4");
        assertThat(ids(transaction, users.negate())).containsExactly("2", "4");
        assertThat(ids(transaction, users.or(billing).negate().or(users.and(billing))))
                .containsExactly("2", "3");
        assertThat(ids(
                        transaction,
                        Filter.where(event -> event.id().index() > 1).and(users)))
                .containsExactly("3");
    }

    @Test
    void combinations_knowWhetherOneOfThemReadsOldValues() {
        Filter reading = Filter.unwatchedFields("a");
        Filter other = Filter.kind(Kind.INSERT);
        assertThat(List.of(
                        reading,
                        Filter.changed("a"),
                        other.and(reading),
                        reading.or(other),
                        reading.negate(),
                        Filter.where(reading),
                        other.and(other.or(reading)).negate()))
                .allMatch(Filter::readsOldValues);
        assertThat(List.of(other, other.and(other), other.negate(), Filter.unwatchedRecords(java.util.Map.of("a", 1))))
                .noneMatch(Filter::readsOldValues);
    }

    @Test
    void filterInAChain_appliesToWhatFollows_andNarrows() throws Exception {
        Trail trail = new Trail();
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.table("item")
                        .onInserts(trail.runs("all"))
                        .filter(event -> idOf(event) > 1)
                        .onInserts(trail.runs("above 1"))
                        .filter(event -> idOf(event) < 4)
                        .onInserts(trail.runs("above 1, below 4")))
                .handler(on -> on.table("item").onInserts(trail.runs("another")))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item SELECT generate_series(1, 5)");
            assertThat(trail.upToMark(database))
                    .containsExactlyInAnyOrder(
                            "all: item+1 item+2 item+3 item+4 item+5",
                            "another: item+1 item+2 item+3 item+4 item+5",
                            "above 1: item+2 item+3 item+4 item+5",
                            "above 1, below 4: item+2 item+3");
        }
    }

    private static int idOf(Event event) {
        return Integer.parseInt(Trail.line(event).replaceAll("\\D", ""));
    }
}
