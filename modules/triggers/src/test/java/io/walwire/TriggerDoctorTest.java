package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.error.WalwireException;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;
import org.slf4j.LoggerFactory;

/** What the doctor finds about triggers, before the first start and after it. */
class TriggerDoctorTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void create() throws SQLException {
        database.sql("CREATE TABLE item (id int PRIMARY KEY)");
    }

    private void install(String tables) {
        Outboxes.durable(database).subscriptions(tables).start().close();
    }

    @Test
    void roleWithAPercentSign_isNamedInTheRevoke() throws Exception {
        install("item");
        String role = "\"" + database.unique("50%zz") + "\"";
        database.sql("CREATE ROLE " + role, "GRANT ALL ON walwire.walwire_outbox TO " + role);
        try {
            List<Finding> found =
                    Outboxes.durable(database).subscriptions("item").check();
            assertThat(found)
                    .extracting(Finding::sql)
                    .contains("REVOKE REFERENCES, TRIGGER ON TABLE walwire.walwire_outbox FROM " + role + ";");
        } finally {
            database.sql("DROP OWNED BY " + role, "DROP ROLE " + role);
        }
    }

    private static List<String> what(List<Finding> findings) {
        return findings.stream()
                .filter(each -> each.severity() != Severity.NOTE || each.what().contains("inherit"))
                .map(each -> each.severity() + " " + each.where() + ": " + each.what())
                .toList();
    }

    @Test
    void existingRows_thatCannotBeRead_areNamed() throws Exception {
        database.sql("CREATE TABLE bare (id int)");
        Outboxes.durable(database).subscriptions("item", "bare").start().close();
        WalwireBuilder reading = Outboxes.durable(database).subscriptions("item", "bare");
        assertThat(what(reading.check())).isEmpty();
        assertThat(what(reading.set("walwire.backfill", "new").check()))
                .hasSize(2)
                .anySatisfy(each -> assertThat(each).contains("ERROR table public.bare: ", "it has no primary key"))
                .anySatisfy(each -> assertThat(each).contains("ERROR table walwire_backfill: ", "sql/backfill.sql"));
    }

    @Test
    void progressOfExistingRows_ofAnEarlierVersion_orWithoutRights_isNamed() throws Exception {
        install("item");
        String role = database.role("LOGIN");
        String owner = database.user();
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "GRANT SELECT, UPDATE ON walwire_backfill TO " + role,
                "ALTER TABLE walwire_backfill DROP COLUMN owner, DROP COLUMN done_to");
        WalwireBuilder reading = Outboxes.durable(database)
                .subscriptions("item")
                .set("walwire.backfill", "new")
                .user(role);
        assertThat(what(reading.check()))
                .anySatisfy(
                        each -> assertThat(each).contains("ERROR table walwire_backfill: ", "it lacks done_to, owner"))
                .anySatisfy(each -> assertThat(each).contains("ERROR table walwire_backfill: ", "INSERT, DELETE"));
        database.sql("ALTER TABLE walwire_backfill ADD owner varchar(64), ADD done_to varchar(17)");
        assertThat(what(reading.user(owner).check())).isEmpty();
    }

    @Test
    void openTransactions_areNamed_whereExistingRowsAreRead() throws Exception {
        install("item");
        database.sql(Files.readString(Path.of("sql/backfill.sql")), "CREATE TABLE other (id int)");
        String prepared = database.unique("prepared");
        WalwireBuilder builder = Outboxes.durable(database).subscriptions("item");
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            statement.execute("BEGIN; INSERT INTO other VALUES (1); PREPARE TRANSACTION '" + prepared + "'");
            statement.execute("BEGIN; INSERT INTO item VALUES (2)");
            int pid = writer.unwrap(PGConnection.class).getBackendPID();
            Eventually.satisfied(ExistingItems.LONG, () -> assertThat(
                            what(builder.set("walwire.backfill", "new").check()))
                    .anySatisfy(each -> assertThat(each)
                            .startsWith("WARNING session " + pid + ": ")
                            .contains("begins when it has ended"))
                    .anySatisfy(each ->
                            assertThat(each).startsWith("WARNING prepared transaction \"" + prepared + "\": ")));
            assertThat(what(builder.set("walwire.backfill", "off").check())).noneMatch(each -> each.contains(prepared));
        } finally {
            database.sql("ROLLBACK PREPARED '" + prepared + "'");
        }
    }

    /** As after a bulk load that was not finished. */
    @Test
    void partitionWithDisabledTriggers_isNamed_andRefusedOrRepaired() throws Exception {
        database.sql(
                "CREATE TABLE tree (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE low PARTITION OF tree FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id)",
                "CREATE TABLE lowest PARTITION OF low FOR VALUES FROM (0) TO (5)",
                "CREATE TABLE high PARTITION OF tree FOR VALUES FROM (10) TO (20)");
        install("tree");
        assertThat(what(Outboxes.durable(database).subscriptions("tree").check()))
                .isEmpty();

        database.sql("ALTER TABLE lowest DISABLE TRIGGER ALL");
        assertThat(what(Outboxes.durable(database).subscriptions("tree").check()))
                .singleElement()
                .asString()
                .startsWith("ERROR table public.tree: Its triggers are disabled on public.lowest: changes are lost.");
        assertThatThrownBy(() -> Outboxes.bare(database).subscriptions("tree").start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("public.tree lacks triggers of application walwire that work on public.lowest");
        assertThat(logged(Outboxes.bare(database).subscriptions("*")))
                .contains("Triggers of table public.tree are disabled on public.lowest");

        Recorder<String> ids = new Recorder<>();
        try (Walwire walwire = Outboxes.durable(database)
                .subscriptions("tree")
                .handler(on -> on.table("tree").onInsert(event -> ids.add(String.valueOf(event.key()))))
                .start()) {
            database.sql("INSERT INTO tree VALUES (1), (11)");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(ids.all()).hasSize(2);
    }

    /** ENABLE after a DISABLE makes an always firing trigger an ordinary one. */
    @Test
    void partitionThatDoesNotFireAlways_isFound() throws Exception {
        database.sql(
                "CREATE TABLE tree (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE low PARTITION OF tree FOR VALUES FROM (0) TO (10)");
        WalwireBuilder always = Outboxes.durable(database).subscriptions("tree").set("walwire.triggers.always", "true");
        always.start().close();
        assertThat(what(always.check())).isEmpty();
        database.sql("ALTER TABLE low DISABLE TRIGGER ALL", "ALTER TABLE low ENABLE TRIGGER ALL");
        assertThat(what(always.check()))
                .singleElement()
                .asString()
                .contains("walwire.triggers.always is set, but its triggers do not fire");
        always.start().close();
        assertThat(what(always.check())).isEmpty();
    }

    @Test
    void inheritedTables_unheard_areNamedAtStartAndByTheDoctor() throws Exception {
        database.sql("CREATE TABLE child (PRIMARY KEY (id)) INHERITS (item)");
        assertThat(logged(Outboxes.durable(database).subscriptions("item")))
                .contains("Table public.item: Rows of public.child, which inherit from it")
                .contains("To get them, subscribe to them and handle");
        assertThat(what(Outboxes.bare(database).subscriptions("item").check()))
                .singleElement()
                .asString()
                .startsWith("NOTE table public.item: Rows of public.child, which inherit from it")
                .contains("To get them, install triggers on those tables, subscribe to them");
        assertThat(logged(Outboxes.durable(database).subscriptions("item, child")))
                .isEmpty();
        assertThat(what(Outboxes.bare(database).subscriptions("item, child").check()))
                .isEmpty();
    }

    /** What the start says of tables. */
    static String logged(WalwireBuilder builder) {
        Logger logger = (Logger) LoggerFactory.getLogger("io.walwire.internal.triggers.TriggerTables");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        try (Walwire walwire = builder.start()) {
            assertThat(walwire.status().lastError()).isNull();
        } finally {
            logger.detachAppender(log);
        }
        return String.join(
                "\n", log.list.stream().map(ILoggingEvent::getFormattedMessage).toList());
    }

    @Test
    void beforeTheFirstStart_missingTables_areFound() {
        for (WalwireBuilder builder : List.of(Outboxes.bare(database), Outboxes.temporary(database))) {
            assertThat(what(builder.subscriptions("item, nowhere").check()))
                    .contains("ERROR table public.nowhere: There is no such table.");
        }
    }

    /** The doctor's SQL, run by the owner, lets it start. */
    @Test
    void beforeTheFirstStart_roleThatOwnsNothing_cannotMakeTriggers() throws Exception {
        String role = database.role("LOGIN PASSWORD 'secret'");
        String url = database.url().replaceFirst("//[^@]*@", "//" + role + ":secret@");
        WalwireBuilder builder = Outboxes.managed(Walwire.builder().url(url))
                .subscriptions("item")
                .slotName("reader");
        assertThat(what(builder.check()))
                .satisfiesExactlyInAnyOrder(
                        finding -> assertThat(finding).startsWith("ERROR role " + role + ": It may not create"),
                        finding -> assertThat(finding)
                                .startsWith("ERROR table public.item: Role " + role + " does not own it"));
        assertThatThrownBy(builder::start).isInstanceOf(WalwireException.class);
        assertThat(what(Outboxes.managed(Walwire.builder().url(url)).check()))
                .anySatisfy(finding -> assertThat(finding).startsWith("WARNING table public.item: Role " + role));

        String grant = builder.check().stream()
                .filter(finding -> finding.where().startsWith("role "))
                .map(finding -> Objects.requireNonNull(finding.sql()))
                .findFirst()
                .orElseThrow();
        database.sql(grant, "ALTER TABLE item OWNER TO " + role);
        assertThat(what(builder.check())).isEmpty();
        builder.start().close();
        assertThat(what(builder.check())).isEmpty();
    }

    @Test
    void functionsOfAnotherConfiguration_ofAnotherRole_cannotBeReplaced() throws Exception {
        install("item");
        String role = database.role("LOGIN PASSWORD 'secret'");
        database.sql(
                "ALTER TABLE item OWNER TO " + role,
                "GRANT ALL ON SCHEMA walwire TO " + role,
                "GRANT ALL ON ALL TABLES IN SCHEMA walwire TO " + role);
        String url = database.url().replaceFirst("//[^@]*@", "//" + role + ":secret@");
        WalwireBuilder builder =
                Walwire.builder().url(url).set("walwire.source", "triggers").set("walwire.triggers.notify", "false");
        assertThat(what(builder.subscriptions("item").check()))
                .anyMatch(finding -> finding.startsWith("WARNING schema walwire: The functions"));
        WalwireBuilder manages = builder.set("walwire.triggers.manage", "true");
        assertThat(what(manages.check()))
                .anyMatch(finding -> finding.startsWith("ERROR schema walwire: The functions")
                        && finding.contains("this role does not own them"));
        assertThatThrownBy(manages::start).isInstanceOf(WalwireException.class);
    }
}
