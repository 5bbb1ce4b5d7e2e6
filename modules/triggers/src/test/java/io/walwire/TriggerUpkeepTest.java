package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The objects of the trigger source: made, checked, repaired, and nobody else's touched. */
class TriggerUpkeepTest {
    private static final String TRIGGERS =
            "SELECT tgrelid::regclass::text || ' ' || tgname AS t FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void create() throws SQLException {
        database.sql("CREATE TABLE item (id int PRIMARY KEY)", "CREATE TABLE other (id int PRIMARY KEY)");
    }

    private List<String> triggers() throws SQLException {
        return database.query(TRIGGERS).stream()
                .map(row -> String.valueOf(row.get("t")))
                .toList();
    }

    /** The server of the tests allows prepared transactions, which is worth a note. */
    private static List<Finding> problems(WalwireBuilder builder) {
        return builder.check().stream()
                .filter(finding -> finding.severity() != Severity.NOTE)
                .toList();
    }

    @Test
    void check_notesWhatNotificationsForbid() {
        Outboxes.temporary(database).start().close();
        assertThat(Outboxes.bare(database).check()).singleElement().satisfies(finding -> assertThat(finding.what())
                .contains("PREPARE TRANSACTION"));
    }

    @Test
    void start_withoutObjects_saysWhatMakesThem() {
        assertThatThrownBy(() -> Outboxes.bare(database).start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("There is no outbox of application walwire")
                .hasMessageContaining("bin/walwire triggers install")
                .hasMessageContaining("walwire.triggers.manage=true");
    }

    @Test
    void start_withoutATablesTriggers_saysWhatMakesThem() {
        Outboxes.temporary(database).subscriptions("item").start().close();
        assertThatThrownBy(() ->
                        Outboxes.bare(database).subscriptions("item, other").start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("public.other has no triggers");
        assertThatThrownBy(
                        () -> Outboxes.bare(database).subscriptions("nowhere").start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("No such table")
                .hasMessageContaining("public.nowhere");
    }

    @Test
    void start_withEverythingInPlace_takesNoLock() throws Exception {
        Outboxes.temporary(database).start().close();
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("INSERT INTO item VALUES (1)");
            Outboxes.temporary(database).start().close();
            writer.rollback();
        }
    }

    @Test
    void install_whileSomebodyWrites_givesUpInTime() throws Exception {
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("INSERT INTO item VALUES (1)");
            assertThatThrownBy(() -> Outboxes.temporary(database)
                            .set("walwire.triggers.lock-timeout", "50ms")
                            .start())
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContaining("walwire.triggers.lock-timeout");
            writer.rollback();
        }
        Outboxes.temporary(database).start().close();
        assertThat(triggers()).hasSize(8);
    }

    @Test
    void install_byManyAtOnce_isDoneOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try {
            List<Callable<Boolean>> starts = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                starts.add(() -> {
                    Outboxes.temporary(database).start().close();
                    return true;
                });
            }
            for (Future<Boolean> each : threads.invokeAll(starts)) {
                assertThat(each.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(triggers()).hasSize(8);
    }

    @Test
    void subscribe_whileRunning_makesTriggers() throws Exception {
        Recorder<String> events = new Recorder<>();
        try (Walwire walwire = Outboxes.temporary(database)
                .subscriptions("item")
                .handler(on -> on.onTransaction(each -> each.events().forEach(event -> events.add(Trail.line(event)))))
                .start()) {
            walwire.addTables("other");
            database.sql("INSERT INTO other VALUES (1)");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(events.all()).containsExactly("other+1");
        }
    }

    @Test
    void applications_two_haveEachTheirOwn() throws Exception {
        Recorder<String> one = new Recorder<>();
        Recorder<String> two = new Recorder<>();
        try (Walwire first = Outboxes.temporary(database)
                        .name("shop")
                        .subscriptions("item")
                        .handler(on -> on.table("item").onInsert(event -> one.add(Trail.line(event))))
                        .start();
                Walwire second = Outboxes.temporary(database)
                        .name("Shop.two-x")
                        .subscriptions("item", "other")
                        .handler(on ->
                                on.onTransaction(each -> each.events().forEach(event -> two.add(Trail.line(event)))))
                        .start()) {
            database.sql("INSERT INTO item VALUES (1)", "INSERT INTO other VALUES (2)");
            assertThat(first.awaitCurrent(Items.LONG)).isTrue();
            assertThat(second.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(one.all()).containsExactly("item+1");
        assertThat(two.all()).containsExactly("item+1", "other+2");
        assertThat(triggers()).hasSize(12);
        assertThat(database.query("SELECT tgname FROM pg_trigger WHERE length(tgname) > 60"))
                .isEmpty();
    }

    @Test
    void applications_ofOneName_inTwoSchemas_bothCapture() throws Exception {
        Outboxes.temporary(database).start().close();
        Outboxes.temporary(database)
                .set("walwire.triggers.schema", "Second \"one\"")
                .start()
                .close();
        assertThat(triggers()).hasSize(16).doesNotHaveDuplicates();
    }

    @Test
    void check_findsWhatIsMissingDisabledOrStale() throws Exception {
        assertThat(problems(Outboxes.bare(database).subscriptions("item")))
                .satisfiesExactly(
                        finding -> assertThat(finding.sql()).contains("CREATE TABLE"),
                        finding -> assertThat(finding.sql()).contains("CREATE TRIGGER"));
        Outboxes.temporary(database).subscriptions("item").start().close();
        assertThat(problems(Outboxes.bare(database).subscriptions("item"))).isEmpty();
        assertThat(problems(Outboxes.bare(database).subscriptions("item, other, nowhere")))
                .extracting(finding -> finding.where())
                .containsExactlyInAnyOrder("table public.nowhere", "table public.other");
        String trigger = triggers().get(0).replaceFirst("item ", "");
        database.sql("ALTER TABLE item DISABLE TRIGGER \"" + trigger + "\"");
        assertThat(problems(Outboxes.bare(database).subscriptions("item")))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.severity()).isEqualTo(Severity.ERROR);
                    assertThat(finding.what()).contains("disabled");
                    for (String statement : String.valueOf(finding.sql()).split(";", -1)) {
                        if (!statement.isBlank()) {
                            database.sql(statement);
                        }
                    }
                });
        assertThat(problems(Outboxes.bare(database).subscriptions("item"))).isEmpty();
        assertThat(problems(Outboxes.bare(database).subscriptions("item").set("walwire.triggers.notify", "false")))
                .singleElement()
                .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.WARNING));
    }

    @Test
    void check_reportsAnExpiredCursor() throws Exception {
        Outboxes.durable(database).start().close();
        Outboxes.abandon(database);
        assertThat(problems(Outboxes.temporary(database)))
                .singleElement()
                .satisfies(finding ->
                        assertThat(finding.sql()).contains("DELETE FROM").contains("'reader'"));
    }

    @Test
    void objects_ofSomebodyElse_areLeftAlone() throws Exception {
        database.sql("CREATE SCHEMA walwire", "CREATE TABLE walwire.walwire_outbox (id int)");
        assertThatThrownBy(() -> Outboxes.temporary(database).start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("not Walwire's");
    }

    @Test
    void functions_ofSomebodyElse_areLeftAlone() throws Exception {
        Outboxes.temporary(database).start().close();
        database.sql(
                "CREATE OR REPLACE FUNCTION walwire.walwire_relieve() RETURNS void LANGUAGE sql AS 'SELECT'",
                "COMMENT ON FUNCTION walwire.walwire_relieve() IS NULL",
                "COMMENT ON FUNCTION walwire.walwire_capture() IS"
                        + " 'Walwire trigger source, application walwire in schema walwire, version 1'",
                "CREATE OR REPLACE FUNCTION walwire.walwire_capture() RETURNS trigger LANGUAGE plpgsql AS"
                        + " 'BEGIN RETURN NULL; END'");
        assertThatThrownBy(() -> Outboxes.temporary(database).start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("Function walwire.walwire_relieve() is there, and not Walwire's");
        assertThat(database.queryOne(String.class, "SELECT prosrc FROM pg_proc WHERE proname = 'walwire_relieve'"))
                .isEqualTo("SELECT");
    }

    @Test
    void trigger_changedByHand_isRepaired() throws Exception {
        Outboxes.temporary(database).start().close();
        String trigger = triggers().get(0).replaceFirst("item ", "");
        database.sql(
                "DROP TRIGGER \"" + trigger + "\" ON item",
                "CREATE TRIGGER \"" + trigger + "\" AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION"
                        + " walwire.walwire_capture()");
        assertThatThrownBy(
                        () -> Outboxes.temporary(database).subscriptions("item").start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("no comment marks as Walwire's");
        database.sql("COMMENT ON TRIGGER \"" + trigger + "\" ON item IS"
                + " 'Walwire trigger source, application walwire in schema walwire, version 1'");
        Outboxes.temporary(database).start().close();
        assertThat(database.queryOne(
                        Integer.class,
                        "SELECT tgtype::int FROM pg_trigger WHERE tgname = ? AND tgrelid = 'item'::regclass",
                        trigger))
                .isEqualTo(9);
    }

    @Test
    void functions_ofANewerVersion_stay() throws Exception {
        Outboxes.temporary(database).start().close();
        database.sql(
                "CREATE OR REPLACE FUNCTION walwire.walwire_capture() RETURNS trigger LANGUAGE plpgsql AS"
                        + " 'BEGIN RETURN NULL; END'",
                "COMMENT ON FUNCTION walwire.walwire_capture() IS"
                        + " 'Walwire trigger source, application walwire in schema walwire, version 9'");
        Outboxes.temporary(database).start().close();
        assertThat(database.queryOne(String.class, "SELECT prosrc FROM pg_proc WHERE proname = 'walwire_capture'"))
                .isEqualTo("BEGIN RETURN NULL; END");
    }

    @Test
    void partition_byItself_isRefused() throws Exception {
        database.sql(
                "CREATE TABLE tree (id int) PARTITION BY RANGE (id)",
                "CREATE TABLE low PARTITION OF tree FOR VALUES FROM (0) TO (10)");
        assertThatThrownBy(
                        () -> Outboxes.temporary(database).subscriptions("low").start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("is a partition of public.tree");
    }

    /** One configuration may serve both sources. */
    @Test
    void publication_hasNoEffect_andIsNoted() throws Exception {
        Outboxes.temporary(database).publication("nowhere").start().close();
        assertThat(Outboxes.temporary(database).publication("nowhere").check()).anySatisfy(finding -> {
            assertThat(finding.severity()).isEqualTo(Severity.NOTE);
            assertThat(finding.what()).contains("walwire.publication has no effect");
        });
    }

    @Test
    void check_namesWhatHoldsChangesBack() throws Exception {
        Outboxes.temporary(database)
                .set("walwire.triggers.notify", "false")
                .start()
                .close();
        String gid = database.unique("forgotten");
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            statement.execute("BEGIN");
            statement.execute("INSERT INTO item VALUES (1)");
            statement.execute("PREPARE TRANSACTION '" + gid + "'");
            database.sql("INSERT INTO item VALUES (2)");
            assertThat(problems(Outboxes.bare(database).set("walwire.triggers.notify", "false")))
                    .singleElement()
                    .satisfies(finding -> {
                        assertThat(finding.what()).contains("the prepared transaction '" + gid + "'", database.user());
                        assertThat(finding.sql()).isEqualTo("ROLLBACK PREPARED '" + gid + "';");
                    });
        } finally {
            database.sql("ROLLBACK PREPARED '" + gid + "'");
        }
        assertThat(problems(Outboxes.bare(database).set("walwire.triggers.notify", "false")))
                .isEmpty();
    }

    @Test
    void configuration_thatContradictsItself_isRefused() {
        assertThatThrownBy(() -> Outboxes.temporary(database)
                        .set("walwire.binary", "true")
                        .set("walwire.slot.max-retained", "1GiB")
                        .start())
                .isInstanceOfSatisfying(ConfigurationException.class, e -> assertThat(e.problems())
                        .hasSize(2)
                        .allMatch(problem -> problem.contains("has no effect with walwire.source=triggers")));
        assertThatThrownBy(() -> Instances.temporary(database)
                        .set("walwire.triggers.manage", "true")
                        .start())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("walwire.triggers.manage has no effect with walwire.source=replication");
        assertThatThrownBy(() -> Outboxes.temporary(database)
                        .set("walwire.source", "trigger")
                        .set("walwire.triggers.schema", "pg_x")
                        .set("walwire.triggers.retention", "1s")
                        .start())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("Did you mean triggers?")
                .hasMessageContaining("PostgreSQL's own schemas")
                .hasMessageContaining("from 1m to 480h");
    }
}
