package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.handler.EventHandler;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What keeps existing rows from being read is one error with all problems, and the SQL that helps. */
class BackfillRefusalsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    static final TestDatabase database = TestDatabase.onSharedServer();

    /** The bytes of the largest table without a key. */
    private static final String MOST_HELD = "io.walwire.internal.backfill.most-held";

    private static String role = "";

    @AfterAll
    static void forgetTheBound() {
        System.clearProperty(MOST_HELD);
    }

    @BeforeAll
    static void tables() throws Exception {
        System.setProperty(MOST_HELD, "0");
        role = database.role("LOGIN REPLICATION");
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "GRANT SELECT, INSERT, UPDATE, DELETE ON walwire_backfill TO " + role,
                "CREATE FOREIGN DATA WRAPPER nothing",
                "CREATE SERVER far FOREIGN DATA WRAPPER nothing",
                "CREATE TABLE fine (id int PRIMARY KEY, v int)",
                "CREATE FOREIGN TABLE foreign_table (id int) SERVER far",
                "CREATE UNLOGGED TABLE quick (id int PRIMARY KEY)",
                "CREATE VIEW seen AS SELECT * FROM fine",
                "CREATE MATERIALIZED VIEW kept AS SELECT * FROM fine",
                "CREATE TABLE private (id int PRIMARY KEY)",
                "CREATE TABLE closed (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE closed_leaf PARTITION OF closed FOR VALUES FROM (0) TO (9)",
                "CREATE TABLE hidden (id int PRIMARY KEY)",
                "ALTER TABLE hidden ENABLE ROW LEVEL SECURITY",
                "CREATE TABLE mixed (id int) PARTITION BY RANGE (id)",
                "CREATE TABLE mixed_near PARTITION OF mixed FOR VALUES FROM (0) TO (9)",
                "CREATE TABLE bare (id int)",
                "INSERT INTO bare VALUES (1)",
                "CREATE SEQUENCE numbers",
                "GRANT SELECT ON fine, foreign_table, quick, seen, kept, closed, hidden, mixed, mixed_near, bare TO "
                        + role,
                "CREATE PUBLICATION events FOR TABLE fine, closed, hidden, mixed, bare"
                        + " WITH (publish_via_partition_root = true)",
                "CREATE FOREIGN TABLE mixed_far PARTITION OF mixed FOR VALUES FROM (9) TO (99) SERVER far",
                "GRANT SELECT ON mixed_far TO " + role,
                "CREATE PUBLICATION news FOR TABLE fine WITH (publish = 'insert, delete')");
    }

    private static WalwireBuilder instance(String... tables) {
        return Walwire.builder()
                .url(database.url())
                .set("walwire.user", role)
                .set("walwire.password", database.password())
                .publication("events")
                .handler(on -> List.of(tables)
                        .forEach(table -> on.table("public." + table).onReads(reads -> {})));
    }

    private static ConfigurationException refusal(Walwire walwire, String table) {
        return catchThrowableOfType(
                ConfigurationException.class, () -> walwire.backfill(table).start());
    }

    @Test
    void tablesThatCannotBeRead_areRefusedWithTheReason() {
        String[] tables = {
            "absent",
            "seen",
            "kept",
            "foreign_table",
            "quick",
            "numbers",
            "private",
            "closed",
            "hidden",
            "mixed",
            "bare"
        };
        try (Walwire walwire =
                instance("fine", "closed", "hidden", "mixed", "bare").start()) {
            List<List<String>> said = List.of(
                    List.of("public.absent", "no such table"),
                    List.of("public.seen", "a view", "tables that it is made of"),
                    List.of("public.kept", "a view"),
                    List.of("public.foreign_table", "a foreign table", "at the server that has it"),
                    List.of("unlogged", "ALTER TABLE \"public\".\"quick\" SET LOGGED;"),
                    List.of("public.numbers", "not a table"),
                    List.of(
                            "needs SELECT on public.private",
                            "GRANT SELECT ON \"public\".\"private\" TO \"" + role + "\";"),
                    List.of("GRANT SELECT ON \"public\".\"closed_leaf\" TO \"" + role + "\";"),
                    List.of("Row security hides rows of public.hidden", "ALTER ROLE \"" + role + "\" BYPASSRLS;"),
                    List.of("public.mixed_far is a foreign table"),
                    List.of("public.bare", "it has no key", "too large", "REPLICA IDENTITY USING INDEX"));
            for (int i = 0; i < tables.length; i++) {
                String table = tables[i];
                ConfigurationException e = refusal(walwire, table);
                assertThat(e.getMessage()).as(table).contains(said.get(i));
            }
            // at once: nobody asks for it, nobody publishes it, and it may not be read
            assertThat(refusal(walwire, "private").problems())
                    .hasSize(3)
                    .anySatisfy(problem -> assertThat(problem).contains("No handler and no watch asks"))
                    .anySatisfy(problem -> assertThat(problem)
                            .contains(
                                    "events do not have it",
                                    "ALTER PUBLICATION \"events\" ADD TABLE ONLY \"public\".\"private\""));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "absent = 7 | column \"absent\" does not exist",
                "id = | syntax error",
                "id = 1; DROP TABLE fine | syntax error",
                "id | must be type boolean",
                "id = $1 | it has a parameter, such as $1.",
            })
    void condition_thatIsNone_isRefused(String where, String said) throws Exception {
        try (Walwire walwire = instance("fine").start()) {
            assertThatThrownBy(() -> walwire.backfill("fine").where(where).start())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContainingAll("The condition for its rows is not valid", said, "such as: tenant = 7");
        }
        assertThat(database.queryLong("SELECT count(*) FROM fine")).isZero();
    }

    @Test
    void publicationWithoutUpdates_andStreamWithoutOrigins_areRefused() {
        try (Walwire walwire = instance("fine")
                .publication("news")
                .set("walwire.origin", "none")
                .start()) {
            assertThat(refusal(walwire, "fine").problems())
                    .hasSize(2)
                    .anySatisfy(problem -> assertThat(problem).contains("walwire.origin=none"))
                    .anySatisfy(problem -> assertThat(problem)
                            .contains(
                                    "leaves out updates",
                                    "ALTER PUBLICATION \"news\" SET (publish = 'insert, update, delete, truncate');"));
        }
    }

    @Test
    void settingsOutOfBounds_areOneError() {
        assertThatThrownBy(() -> instance("fine")
                        .set("walwire.backfill", "yes")
                        .set("walwire.backfill.order", "last")
                        .set("walwire.backfill.readers", "0")
                        .set("walwire.backfill.chunk", "1")
                        .set("walwire.backfill.rate", "0")
                        .start())
                .isInstanceOfSatisfying(ConfigurationException.class, e -> assertThat(e.problems())
                        .hasSize(5)
                        .anySatisfy(problem -> assertThat(problem).contains("walwire.backfill ", "must be off or new"))
                        .anySatisfy(problem ->
                                assertThat(problem).contains("walwire.backfill.order", "must be beside or first"))
                        .anySatisfy(problem -> assertThat(problem).contains("walwire.backfill.readers", "from 1 to 64"))
                        .anySatisfy(problem -> assertThat(problem).contains("walwire.backfill.chunk", "at least 8KiB"))
                        .anySatisfy(problem -> assertThat(problem).contains("walwire.backfill.rate", "at least 1")));
    }

    @Test
    void rateThatIsNoWordAndNoSize_namesTheWords() {
        assertThatThrownBy(() -> instance("fine")
                        .set("walwire.backfill.rate", "unlimitd")
                        .start())
                .hasMessageContaining("it must be auto, unlimited or a size such as 10MiB")
                .hasMessageContaining("Did you mean unlimited?");
    }

    /** Everything that keeps one of the tables from being read, at once. */
    @Test
    void newTablesThatCannotBeRead_endTheInstance() {
        Walwire walwire = instance("closed", "hidden", "bare", "fine")
                .set("walwire.backfill", "new")
                .start();
        try (walwire) {
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContainingAll("public.closed_leaf", "BYPASSRLS", "public.bare");
        }
    }

    /** The instance has begun, and others rely on it: the table's run fails alone, and says so. */
    @Test
    void newTableThatCannotBeRead_ofAHandlerThatIsAdded_failsAlone() throws Exception {
        try (LogLines log = new LogLines();
                Walwire walwire =
                        instance("fine").set("walwire.backfill", "new").start()) {
            log.await("of public.fine is done");
            walwire.addHandler("more", on -> {
                on.table("public.closed").onReads(reads -> {});
                on.table("public.hidden").onReads(reads -> {});
            });
            log.await("ERROR", "of public.closed failed", "GRANT SELECT ON \"public\".\"closed_leaf\"");
            log.await("ERROR", "of public.hidden failed", "BYPASSRLS");
            database.sql("INSERT INTO fine VALUES (1, 1)", "DELETE FROM fine");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
    }

    /** Nothing of it was read. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void newTableWhoseRunFailed_isReadOnceThatIsPossible(boolean byTheSameInstance) throws Exception {
        String table = byTheSameInstance ? "granted" : "granted_later";
        database.sql(
                "CREATE TABLE " + table + " (id int PRIMARY KEY)",
                "INSERT INTO " + table + " VALUES (1), (2)",
                "ALTER PUBLICATION events ADD TABLE " + table);
        AtomicInteger reads = new AtomicInteger();
        AtomicInteger ends = new AtomicInteger();
        EventHandler late = on -> on.table("public." + table)
                .onRead(read -> reads.incrementAndGet())
                .onBackfilled(end -> ends.incrementAndGet());
        WalwireBuilder durable = instance("fine").set("walwire.backfill", "new").slotName(database.unique(table));
        try (LogLines log = new LogLines();
                Walwire walwire = durable.start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            walwire.addHandler("late", late);
            log.await("ERROR", "of public." + table + " failed", "needs SELECT");
            Eventually.until(LONG, () -> database.queryString(
                            "SELECT state FROM walwire_backfill WHERE leaf = 0 AND table_name = ?", "public." + table)
                    .equals("failed"));
            database.sql("GRANT SELECT ON " + table + " TO " + role);
            if (byTheSameInstance) {
                walwire.addHandler("another", on -> on.table("public.fine").onReads(rows -> {}));
                Eventually.until(LONG, () -> ends.get() == 1);
            }
        }
        if (!byTheSameInstance) {
            try (Walwire walwire = durable.handler("late", late).start()) {
                Eventually.until(LONG, () -> ends.get() == 1);
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
        }
        assertThat(reads).hasValue(2);
    }
}
