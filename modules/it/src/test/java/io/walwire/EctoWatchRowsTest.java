package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.turbo.MarkerFilter;
import ch.qos.logback.core.read.ListAppender;
import io.walwire.event.Change;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.lifecycle.Details;
import io.walwire.lifecycle.Status;
import io.walwire.mapping.ColumnName;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import io.walwire.watch.WatchEvent;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/**
 * What EctoWatch and the demos of triggers with NOTIFY can do, from both sources. Most of it is shown elsewhere:
 *
 * <table>
 *   <caption>Feature and tests; where no source is named, the tests run on both</caption>
 *   <tr><td>inserted, updated, deleted of a table, with a label<td>{@link WatchTest#kinds_noneNamed_all},
 *     {@link WatchTest#severalWatchesWithOneLabelOnOneTable_areNoConflict_anyLabelIsGood}
 *   <tr><td>columns that trigger, by value<td>{@link WatchTest#columns_countOnlyWhereTheirValueChanged}; old values that replication
 *     does not send: {@link WatchUnknownTest#columns_unknownIsDelivered_whatCannotHaveChangedIsNot}
 *   <tr><td>extra columns of any size<td>{@link WatchTest#content_keys_columns_whole}, {@link WatchTest#content_oldRowAndOldKey},
 *     {@link WatchTest#largeValues_arriveWhole}
 *   <tr><td>all, by key, by any column, unsubscribe<td>{@link WatchTest#key_oneRecord_byAnyFormOfItsValue},
 *     {@link WatchTest#key_composite_quotedNames_defaultIdentity},
 *     {@link WatchTest#where_rowThatMovesFromOneParentToAnother_bothGetIt}, {@link WatchTest#where_nullAndFalse_areValues},
 *     {@link WatchValuesTest#valuesOfEveryType}, {@link WatchTest#subscription_lateAndClosed}
 *   <tr><td>only the key<td>{@link WatchTest#content_keys_columns_whole}
 *   <tr><td>tables without a class, prefix, column names<td>{@link #tablesOfOneNameInTwoSchemas_areTwo},
 *     {@link #record_columnsOfOtherNames}, {@link WatchTest#key_composite_quotedNames_defaultIdentity}
 *   <tr><td>everything wrong at once, against the catalog<td>{@link WatchCheckTest#everythingWrong_inOneError_withTheNearestNames},
 *     {@link WatchCheckTest#table_missing_unsubscribed_unpublished}, {@link WatchCheckTest#key_ofAnotherShape}
 *   <tr><td>details<td>{@link #details_whatIsRead_andHowFar}, {@link WatchTest#subscription_lateAndClosed}
 *   <tr><td>debug of one watch and of all<td>{@link #debug_ofOneWatch_andOfAll}
 *   <tr><td>leftovers are reported and removed, partitions are none<td>triggers:
 *     {@link io.walwire.cli.TriggersCommandTest#install_listAndClean_touchNothingElse},
 *     {@link io.walwire.cli.TriggersCommandTest#clean_partitionsAreNoLeftovers}; replication:
 *     {@link WatchWithoutTriggersTest#nothingIsMadeInTheDatabase},
 *     {@link ManagedPublicationsTest#exact_removesOnlyItsOwnTables_keepsHumansComments}
 *   <tr><td>old servers, long names<td>every test here on PostgreSQL 14, {@link #names_of63Bytes_areNotCut}
 *   <tr><td>a subscriber's failure is its own, late subscribers<td>{@link WatchIsolationTest}, {@link WatchTest#subscription_lateAndClosed}
 *   <tr><td>subscriptions outlive their connection, a gap is delivered<td>{@link WatchReconnectTest}
 *   <tr><td>demos: a column's transition<td>{@link WatchTest#changed_fromAndTo}, {@link #transition_inAHandler_oldAndNewValue}
 *   <tr><td>demos: one for all operations, matched by values<td>{@link #handler_ofAllOperations_matchesOnValues},
 *     {@link WatchTest#predicates_entersLeavesStaysIn}
 *   <tr><td>demos: triggers as another input<td>{@link TriggerParityTest}, {@link TriggerDifferentialTest}
 * </table>
 */
@ParameterizedClass
@CsvSource({"REPLICATION, 14", "REPLICATION, 18", "TRIGGERS, 14", "TRIGGERS, 18"})
class EctoWatchRowsTest {
    @Parameter(0)
    EitherSource source = EitherSource.REPLICATION;

    @Parameter(1)
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private record Customer(int id, @ColumnName("E-mail") String email, String paymentPlan) {}

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE SCHEMA billing",
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE TABLE billing.item (id int PRIMARY KEY, note text)",
                "CREATE TABLE customer (id int PRIMARY KEY, \"E-mail\" text, payment_plan text, canceled boolean)",
                "ALTER TABLE customer REPLICA IDENTITY FULL");
    }

    @Test
    void tablesOfOneNameInTwoSchemas_areTwo() throws Exception {
        try (Watching watching = Watching.of(database, source.temporary(database))) {
            watching.add("public", watching.watch("item").key(1));
            watching.add("billing", watching.watch("billing.item").key(1));
            watching.sql("INSERT INTO item VALUES (1)", "DELETE FROM item", "INSERT INTO billing.item VALUES (1)");
            assertThat(watching.lines("public")).containsExactly("+1", "-1");
            assertThat(watching.lines("billing")).containsExactly("+1");
            assertThat(watching.only("billing").schema()).isEqualTo("billing");
        }
    }

    @Test
    void rolledBack_isNotDelivered() throws Exception {
        try (Watching watching = Watching.of(database, source.temporary(database))) {
            watching.add("all", watching.watch("item"));
            database.sql("BEGIN; INSERT INTO item VALUES (1); ROLLBACK");
            database.inTransaction(
                    "SAVEPOINT s", "INSERT INTO item VALUES (1)", "ROLLBACK TO s", "INSERT INTO item VALUES (2)");
            watching.sql("INSERT INTO item VALUES (3)");
            assertThat(watching.lines("all")).containsExactly("+2", "+3");
        }
    }

    /** A caller that waits until all is handled has received all of it. A subscriber may wait, too. */
    @Test
    void awaited_wasDelivered() throws Exception {
        Recorder<WatchEvent> delivered = new Recorder<>();
        Recorder<Boolean> waited = new Recorder<>();
        try (Walwire walwire = source.temporary(database).start()) {
            walwire.watch("item").subscribe(Runnable::run, delivered::add);
            walwire.watch("item").subscribe(event -> {
                try {
                    waited.add(walwire.awaitCurrent(Items.LONG));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            for (int i = 1; i <= 5; i++) {
                database.sql("INSERT INTO item VALUES (" + i + ")");
                assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
                assertThat(delivered.all()).hasSize(i);
            }
            assertThat(waited.await(1)).startsWith(true);
        }
    }

    @Test
    void record_columnsOfOtherNames() throws Exception {
        Recorder<Customer> rows = new Recorder<>();
        try (Walwire walwire = source.temporary(database)
                .handler(on -> on.table("customer", Customer.class)
                        .onChange(event -> rows.add(((RowEvent<Customer>) event).row())))
                .start()) {
            database.sql(
                    "INSERT INTO customer VALUES (1, 'a@b', 'free')",
                    "UPDATE customer SET payment_plan = 'pro'",
                    "DELETE FROM customer");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        Customer paying = new Customer(1, "a@b", "pro");
        assertThat(rows.all()).containsExactly(new Customer(1, "a@b", "free"), paying, paying);
    }

    @Test
    void details_whatIsRead_andHowFar() throws Exception {
        try (Walwire walwire = source.durable(database)
                .name("shop")
                .subscriptions("item", "billing.*")
                .handler(on -> on.table("item").onChanges(events -> {}))
                .start()) {
            walwire.addTables("customer");
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            Details details = walwire.details();
            assertThat(details.name()).isEqualTo("shop");
            assertThat(details.source()).isEqualToIgnoringCase(source.name());
            assertThat(details.database()).startsWith(database.name() + "@");
            assertThat(details.slot()).isEqualTo(Instances.slot(database));
            assertThat(details.publications())
                    .isEqualTo(source == EitherSource.REPLICATION ? List.of("events") : List.of());
            assertThat(details.subscriptions()).containsExactly("public.item", "billing.*", "public.customer");
            Status status = walwire.status();
            assertThat(status.slot()).isEqualTo(details.slot());
            assertThat(status.events()).isEqualTo(1);
            assertThat(status.confirmed()).isGreaterThan(status.streamingFrom());
        }
    }

    @Test
    void debug_ofOneWatch_andOfAll() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger("io.walwire.watch");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        MarkerFilter one = new MarkerFilter();
        one.setMarker("looked for");
        one.setOnMatch("ACCEPT");
        lines.start();
        one.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(lines);
        logger.getLoggerContext().addTurboFilter(one);
        try (Watching watching = Watching.of(database, source.temporary(database))) {
            watching.add("one", watching.watch("item").label("looked for")).close();
            watching.add("one", watching.watch("item").label("looked for"));
            watching.add("other", watching.watch("item").label("other"));
            watching.sql("INSERT INTO item VALUES (4711, 'secret')");
            assertThat(lines.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .hasSize(4)
                    .allMatch(line -> line.startsWith("Watch \"looked for\" on table public.item: "))
                    .last()
                    .asString()
                    .contains("INSERT " + watching.only("one").id())
                    .doesNotContain("4711", "secret");
            logger.setLevel(Level.DEBUG);
            lines.list.clear();
            watching.sql("INSERT INTO item VALUES (2)");
            assertThat(lines.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .anyMatch(line -> line.startsWith("Watch \"other\" on table public.item: INSERT"))
                    .anyMatch(line -> line.startsWith("A watch on table public.mark: INSERT"));
        } finally {
            logger.getLoggerContext().getTurboFilterList().remove(one);
            logger.detachAppender(lines);
            logger.setLevel(null);
        }
    }

    /** Two tables whose names differ in the last of PostgreSQL's 63 bytes, and the longest names of everything else. */
    @Test
    void names_of63Bytes_areNotCut() throws Exception {
        String schema = "\"" + "S".repeat(63) + "\"";
        String one = schema + ".\"" + "Tä".repeat(20) + "_31\"";
        String two = schema + ".\"" + "Tä".repeat(20) + "_32\"";
        String column = "c".repeat(63);
        database.sql("CREATE SCHEMA " + schema);
        for (String table : List.of(one, two)) {
            database.sql(
                    "CREATE TABLE " + table + " (" + column + " int PRIMARY KEY)",
                    "ALTER TABLE " + table + " REPLICA IDENTITY FULL");
        }
        try (Watching watching =
                Watching.of(database, source.temporary(database).name("a".repeat(40)))) {
            String label = "A label that no identifier has room for. ".repeat(20);
            watching.add("one", watching.watch(one).label(label).where(column, 1));
            watching.add("two", watching.watch(two).label(label).key(1));
            watching.sql(
                    "INSERT INTO " + one + " VALUES (1)",
                    "INSERT INTO " + two + " VALUES (1)",
                    "DELETE FROM " + two,
                    "TRUNCATE " + one);
            assertThat(watching.lines("one")).containsExactly("+1", "! uncertain");
            assertThat(watching.lines("two")).containsExactly("+1", "-1");
        }
    }

    /** {@code WHEN (OLD.canceled IS DISTINCT FROM NEW.canceled)}, and both rows. */
    @Test
    void transition_inAHandler_oldAndNewValue() throws Exception {
        Recorder<String> delivered = new Recorder<>();
        EventHandler handler = on -> on.table("customer").onUpdate(event -> {
            if (event.changed("canceled")) {
                Change change = Objects.requireNonNull(event.changes()).get("canceled");
                delivered.add(Objects.requireNonNull(change).oldValue() + ">" + change.newValue());
            }
        });
        try (Walwire walwire = source.temporary(database).handler(handler).start()) {
            database.sql(
                    "INSERT INTO customer VALUES (1, 'a', 'free')",
                    "UPDATE customer SET canceled = false",
                    "UPDATE customer SET canceled = false, payment_plan = 'pro'",
                    "UPDATE customer SET canceled = true",
                    "UPDATE customer SET canceled = NULL");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(delivered.all()).containsExactly("null>false", "false>true", "true>null");
    }

    /** What {@code broadcast_changes()} is for: one listener, which looks at the operation, the table and the values. */
    @Test
    void handler_ofAllOperations_matchesOnValues() throws Exception {
        Recorder<String> mails = new Recorder<>();
        EventHandler handler =
                on -> on.onTransaction(transaction -> transaction.events().forEach(event -> {
                    switch (event.kind()) {
                        case INSERT -> {
                            if ("customer".equals(event.source().table())) {
                                assertThat(Typed.row(event).beforeRow())
                                        .as("no old row is made up")
                                        .isNull();
                                mails.add("welcome "
                                        + Objects.requireNonNull(
                                                        Typed.row(event).afterRow())
                                                .text("E-mail"));
                            }
                        }
                        case UPDATE -> {
                            if (Typed.row(event).changed("payment_plan")) {
                                mails.add("plan "
                                        + Objects.requireNonNull(
                                                        Typed.row(event).afterRow())
                                                .text("payment_plan"));
                            }
                        }
                        case DELETE ->
                            mails.add("bye "
                                    + Objects.requireNonNull(Typed.row(event).beforeRow())
                                            .text("id"));
                        default -> mails.add(event.kind().name());
                    }
                }));
        try (Walwire walwire = source.temporary(database).handler(handler).start()) {
            database.sql(
                    "INSERT INTO customer VALUES (1, 'a@b', 'free')",
                    "INSERT INTO item VALUES (1)",
                    "UPDATE customer SET \"E-mail\" = 'c@d'",
                    "UPDATE customer SET payment_plan = 'pro'",
                    "DELETE FROM customer",
                    "TRUNCATE customer");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(mails.all()).containsExactly("welcome a@b", "plan pro", "bye 1", "TRUNCATE");
    }
}
