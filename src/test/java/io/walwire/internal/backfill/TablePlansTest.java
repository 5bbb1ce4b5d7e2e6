package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.walwire.error.ConfigurationException;
import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReceivedRow;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of a table, and what keeps a table from being read. */
class TablePlansTest {
    private static final String ROOT =
            "CREATE TABLE root (id int, note text, dropped int, more text, PRIMARY KEY (more, id))"
                    + " PARTITION BY RANGE (id)";

    private static TestDatabase database(int version, String... statements) throws SQLException {
        TestDatabase database = TestDatabase.create(PostgresServer.of(version));
        database.sql(statements);
        return database;
    }

    private static List<String> columns(LeafPlan leaf) {
        return leaf.relation().columns().stream().map(RelationColumn::name).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void key_ofADomain_isOfItsBaseType(int version) throws Exception {
        try (TestDatabase database = database(
                        version,
                        "CREATE TYPE mood AS ENUM ('good', 'bad')",
                        "CREATE DOMAIN code AS varchar(5) CHECK (VALUE <> '')",
                        "CREATE DOMAIN short_code AS code",
                        "CREATE TABLE item (a short_code, b mood, c int[], PRIMARY KEY (a, b, c))",
                        "CREATE PUBLICATION events FOR TABLE item");
                Existing existing = Existing.in(database, "events")) {
            assertThat(existing.plan("item").leaves().get(0).key())
                    .extracting(KeyColumn::type, KeyColumn::exact)
                    .containsExactly(
                            tuple("character varying(5)", true), tuple("public.mood", true), tuple("integer[]", false));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void plan_ofAPlainTable(int version) throws Exception {
        try (TestDatabase database = database(
                        version,
                        "CREATE TABLE item (a text, gone int, b int, note text, twice int GENERATED ALWAYS AS (b * 2) STORED,"
                                + " PRIMARY KEY (b, a))",
                        "ALTER TABLE item DROP COLUMN gone",
                        "INSERT INTO item SELECT i::text, i, repeat('x', 100) FROM generate_series(1, 1000) i",
                        "CREATE PUBLICATION events FOR TABLE item");
                Existing existing = Existing.in(database, "events")) {
            LeafPlan leaf = existing.plan("item").leaves().get(0);
            assertThat(columns(leaf)).containsExactly("a", "b", "note");
            assertThat(leaf.key()).containsExactly(new KeyColumn("b", "integer", 1), new KeyColumn("a", "text", 0));
            assertThat(leaf.relation().replicaIdentity()).isEqualTo(ReplicaIdentity.DEFAULT);
            assertThat(leaf.relation().columns())
                    .extracting(RelationColumn::identity)
                    .containsExactly(true, true, false);
            assertThat(leaf.hasBlockRanges()).isTrue();
            assertThat(leaf.blocks()).isGreaterThan(10);
            assertThat(leaf.bytes()).isGreaterThanOrEqualTo(leaf.blocks() * 8192);
            assertThat(leaf.facts().filter()).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void plan_ofPartitions_byRootAndByLeaf(int version) throws Exception {
        try (TestDatabase database = database(
                        version,
                        ROOT,
                        "CREATE TABLE small PARTITION OF root FOR VALUES FROM (0) TO (10)",
                        "CREATE TABLE large (more text NOT NULL, id int NOT NULL, dropped int, note text)",
                        "ALTER TABLE root ATTACH PARTITION large FOR VALUES FROM (10) TO (1000)",
                        "ALTER TABLE root DROP COLUMN dropped",
                        "INSERT INTO root SELECT i, 'n', 'm' FROM generate_series(1, 900) i",
                        "CREATE PUBLICATION leaves FOR TABLE root",
                        "CREATE PUBLICATION roots FOR TABLE root WITH (publish_via_partition_root = true)");
                Existing byRoot = Existing.in(database, "leaves", "roots");
                Existing byLeaf = Existing.in(database, "leaves")) {
            List<LeafPlan> ofRoot = byRoot.plan("root").leaves();
            assertThat(ofRoot)
                    .extracting(LeafPlan::name)
                    .extracting(TableName::table)
                    .containsExactly("large", "small");
            assertThat(ofRoot)
                    .extracting(LeafPlan::sentName)
                    .extracting(TableName::table)
                    .containsOnly("root");
            assertThat(columns(ofRoot.get(0))).containsExactly("id", "note", "more");
            assertThat(ofRoot.get(0).key()).extracting(KeyColumn::name).containsExactly("more", "id");
            List<TablePlan> each = byLeaf.plans(new TableRequest(TableName.parse("root"), null));
            List<LeafPlan> ofLeaf =
                    each.stream().flatMap(plan -> plan.leaves().stream()).toList();
            assertThat(each)
                    .extracting(TablePlan::sentName)
                    .extracting(TableName::table)
                    .containsExactly("large", "small");
            assertThat(columns(ofLeaf.get(0))).containsExactly("more", "id", "note");
            assertThat(byRoot.events(byRoot.readAll(byRoot.plan("root"), false)))
                    .hasSize(900);
            assertThat(byRoot.events(byRoot.readAll(byRoot.plan("root"), true))).hasSize(900);
            assertThat(byLeaf.events(byLeaf.readAll(each.get(0), false))).hasSize(891);
            assertThat(byLeaf.events(byLeaf.readAll(each.get(1), true))).hasSize(9);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {15, 18})
    void plan_withRowFiltersAndColumnLists(int version) throws Exception {
        try (TestDatabase database = database(
                        version,
                        "CREATE TABLE item (id int PRIMARY KEY, a int, b int, secret text)",
                        "INSERT INTO item SELECT i, i % 3, i % 5, 's' FROM generate_series(1, 300) i",
                        "CREATE PUBLICATION threes FOR TABLE item (id, b) WHERE (id % 3 = 0)",
                        "CREATE PUBLICATION fives FOR TABLE item (id, b) WHERE (id % 5 = 0)",
                        "CREATE PUBLICATION updates FOR TABLE item (id, b) WITH (publish = 'update')",
                        "CREATE PUBLICATION everything FOR TABLE item (id, b)",
                        "CREATE PUBLICATION all_tables FOR ALL TABLES");
                Existing two = Existing.in(database, "threes", "fives", "updates");
                Existing whole = Existing.in(database, "threes", "everything");
                Existing updates = Existing.in(database, "updates")) {
            TablePlan plan = two.plan("item", "id <= 150 AND '{\"a\": 1}'::jsonb ? 'a' -- half");
            assertThat(columns(plan.leaves().get(0))).containsExactly("id", "b");
            assertThat(two.events(two.readAll(plan, false))).hasSize(50 + 30 - 10);
            assertThat(whole.plan("item").leaves().get(0).facts().filter()).isNull();
            assertThat(whole.events(whole.readAll(whole.plan("item"), true))).hasSize(300);
            assertThat(updates.plan("item").leaves().get(0).hasBlockRanges()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {18})
    void plan_withGeneratedColumns(int version) throws Exception {
        try (TestDatabase database = database(
                        version,
                        "CREATE TABLE item (id int PRIMARY KEY, s int GENERATED ALWAYS AS (id * 2) STORED,"
                                + " v int GENERATED ALWAYS AS (id * 3) VIRTUAL)",
                        "INSERT INTO item VALUES (1)",
                        "CREATE PUBLICATION stored FOR TABLE item WITH (publish_generated_columns = stored)",
                        "CREATE PUBLICATION listed FOR TABLE item (id, s)");
                Existing stored = Existing.in(database, "stored");
                Existing listed = Existing.in(database, "listed")) {
            assertThat(columns(stored.plan("item").leaves().get(0))).containsExactly("id", "s");
            assertThat(columns(listed.plan("item").leaves().get(0))).containsExactly("id", "s");
            assertThat(stored.events(stored.readAll(stored.plan("item"), false))
                            .get(0)
                            .row()
                            .text("s"))
                    .isEqualTo("2");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void plan_ofWhatCannotBeRead_saysAllProblems(int version) throws Exception {
        try (TestDatabase database = database(
                version,
                "CREATE TABLE fine (id int PRIMARY KEY)",
                "CREATE TABLE hidden (id int PRIMARY KEY)",
                "ALTER TABLE hidden ENABLE ROW LEVEL SECURITY",
                "CREATE TABLE closed (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE closed_leaf PARTITION OF closed FOR VALUES FROM (0) TO (9)",
                "CREATE TABLE other (id int PRIMARY KEY)",
                "CREATE UNLOGGED TABLE quick (id int PRIMARY KEY)",
                "CREATE VIEW seen AS SELECT * FROM fine",
                "CREATE PUBLICATION events FOR TABLE fine, hidden, closed")) {
            String role = database.role("LOGIN");
            database.sql("GRANT SELECT ON fine, hidden, closed, other, quick, seen TO " + role);
            try (Existing existing = Existing.at(database.server(), database.name(), role, "events")) {
                ConfigurationException e = catchThrowableOfType(
                        ConfigurationException.class,
                        () -> existing.plans(
                                new TableRequest(TableName.parse("missing"), null),
                                new TableRequest(TableName.parse("seen"), null),
                                new TableRequest(TableName.parse("quick"), null),
                                new TableRequest(TableName.parse("other"), null),
                                new TableRequest(TableName.parse("hidden"), null),
                                new TableRequest(TableName.parse("closed"), null),
                                new TableRequest(TableName.parse("fine"), "nothing = 7"),
                                new TableRequest(TableName.parse("fine"), "id = ")));
                assertThat(e.problems()).hasSize(8);
                assertThat(e.problems().get(0)).contains("public.missing", "no such table");
                assertThat(e.problems().get(1)).contains("public.seen", "a view");
                assertThat(e.problems().get(2)).contains("unlogged", "ALTER TABLE \"public\".\"quick\" SET LOGGED;");
                assertThat(e.problems().get(3)).contains("public.other", "events do not have it.", "ALTER PUBLICATION");
                assertThat(e.problems().get(4)).contains("Row security", "BYPASSRLS");
                assertThat(e.problems().get(5))
                        .contains("GRANT SELECT ON \"public\".\"closed_leaf\" TO \"" + role + "\";");
                assertThat(e.problems().get(6)).contains("condition", "column \"nothing\" does not exist");
                assertThat(e.problems().get(7)).contains("condition", "syntax error");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void facts_showWhatHasBecomeOfATable(int version) throws Exception {
        try (TestDatabase database = database(
                        version,
                        "CREATE TABLE item (id int PRIMARY KEY, note text)",
                        "INSERT INTO item VALUES (1, 'a')",
                        "CREATE PUBLICATION events FOR TABLE item");
                Existing existing = Existing.in(database, "events");
                ChunkReader reader = existing.reader()) {
            LeafPlan leaf = existing.plan("item").leaves().get(0);
            assertThat(state(reader, leaf)).isEqualTo(PlanState.HOLDS);
            database.sql("ALTER TABLE item ADD more int");
            assertThat(state(reader, leaf)).isEqualTo(PlanState.ALTERED);
            database.sql("VACUUM FULL item");
            assertThat(state(reader, leaf)).isEqualTo(PlanState.REWRITTEN);
            leaf = existing.plan("item").leaves().get(0);
            assertThat(state(reader, leaf)).isEqualTo(PlanState.HOLDS);
            database.sql("ALTER TABLE item REPLICA IDENTITY FULL");
            assertThat(state(reader, leaf)).isEqualTo(PlanState.ALTERED);
            database.sql("ALTER PUBLICATION events DROP TABLE item");
            assertThat(state(reader, leaf)).isEqualTo(PlanState.GONE);
            database.sql("DROP TABLE item");
            assertThat(state(reader, leaf)).isEqualTo(PlanState.GONE);
        }
    }

    private static PlanState state(ChunkReader reader, LeafPlan leaf) throws SQLException {
        ChunkResult result = reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {});
        return result instanceof ChunkResult.PlanBroken broken ? broken.state() : PlanState.HOLDS;
    }

    /** Two rows may have the same key for a while. And a key that was kept as text equals that of events, whatever its scale. */
    @Test
    void deferrableKey_isNone_andKeptKeysAreThoseOfEvents() throws Exception {
        try (TestDatabase database = database(
                        18,
                        "CREATE TABLE later (id int PRIMARY KEY DEFERRABLE, note text)",
                        "ALTER TABLE later REPLICA IDENTITY FULL",
                        "CREATE TABLE amount (id numeric PRIMARY KEY)",
                        "INSERT INTO amount VALUES (1.5)",
                        "CREATE PUBLICATION events FOR TABLE later, amount");
                Existing existing = Existing.in(database, "events")) {
            assertThat(existing.plan("later").isComparedByKey()).isFalse();
            TablePlan plan = existing.plan("amount");
            ReceivedRow row = existing.events(existing.readAll(plan, false)).get(0);
            EventKeys keys = new EventKeys(plan.key());
            TableKey kept = keys.ofTexts(row.table(), List.of("1.50"));
            TableKey of = Objects.requireNonNull(keys.of(row).now());
            assertThat(kept.exact()).isTrue();
            assertThat(kept.single()).isEqualTo(of.single());
        }
    }
}
