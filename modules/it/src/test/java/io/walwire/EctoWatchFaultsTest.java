package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.Subscription;
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
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What goes wrong in EctoWatch 1.1.0, and does not here, from both sources. Much of it is shown elsewhere:
 *
 * <table>
 *   <caption>Fault and tests; where no source is named, the tests run on both</caption>
 *   <tr><td>a payload of 8,000 bytes fails the write<td>{@link WatchTest#largeValues_arriveWhole}; triggers:
 *     {@link TriggerSourceTest#row_ofAMegabyte_isWhole}
 *   <tr><td>equal payloads of a transaction are merged<td>{@link #updatesAlike_inOneTransaction_areEachDelivered},
 *     {@link WatchTest#manyUpdatesOfOneRowInOneTransaction_eachIsDelivered_inOrder}
 *   <tr><td>{@code UPDATE OF} does not compare values<td>{@link WatchTest#columns_countOnlyWhereTheirValueChanged}
 *   <tr><td>TRUNCATE is not seen<td>{@link WatchTest#kinds_noneNamed_all}, {@link #truncate_ofSeveralTables_isDeliveredForEach}
 *   <tr><td>a moved row is delivered to its new parent alone, a changed key to nobody
 *     <td>{@link WatchTest#where_rowThatMovesFromOneParentToAnother_bothGetIt},
 *     {@link WatchTest#key_oneRecord_byAnyFormOfItsValue}; without old values:
 *     {@link WatchUnknownTest#where_oldParentUnknown_everyParentGetsIt_theNewOneForCertain}
 *   <tr><td>null and false subscribe to everything<td>{@link WatchTest#where_nullAndFalse_areValues}
 *   <tr><td>an insert by its key, with a label, never comes<td>{@link #insertByKey_withALabel_isDelivered}
 *   <tr><td>no composite keys, none without a key, associations only<td>{@link #tableWithoutKey_byAnyColumn},
 *     {@link WatchTest#key_composite_quotedNames_defaultIdentity}
 *   <tr><td>unquoted names<td>{@link #namesThatNeedQuotes_areWatched},
 *     {@link WatchTest#severalWatchesWithOneLabelOnOneTable_areNoConflict_anyLabelIsGood}; triggers:
 *     {@link io.walwire.cli.TriggersCommandTest#clean_namesThatNeedQuotes}
 *   <tr><td>cleanup of what only looks alike, and of other applications<td>triggers:
 *     {@link io.walwire.cli.TriggersCommandTest#install_listAndClean_touchNothingElse},
 *     {@link TriggerUpkeepTest#objects_ofSomebodyElse_areLeftAlone}; replication:
 *     {@link WatchWithoutTriggersTest#nothingIsMadeInTheDatabase}
 *   <tr><td>cleanup fails on names and overloads, and takes the application down<td>triggers:
 *     {@link io.walwire.cli.TriggersCommandTest#clean_namesThatNeedQuotes},
 *     {@link io.walwire.cli.TriggersCommandTest#clean_whileSomebodyWrites_saysSo_andCanBeRepeated}; replication: nothing to clean
 *   <tr><td>the last watcher leaves its objects behind<td>{@link #lastSubscription_leavesNothing}; triggers:
 *     {@link io.walwire.cli.TriggersCommandTest#install_listAndClean_touchNothingElse},
 *     {@link TriggerSourceTest#outbox_thatNobodyReads_isKeptSmallByThoseWhoWrite}
 *   <tr><td>DDL at every boot, conflicts of boots, rights<td>{@link #boots_ofManyNodesAtOnce_allStream}; triggers:
 *     {@link TriggerUpkeepTest#start_withEverythingInPlace_takesNoLock}, {@link TriggerUpkeepTest#install_byManyAtOnce_isDoneOnce},
 *     {@link TriggerWritersTest#reader_withTheGrantsThatArePrinted_reads}; replication:
 *     {@link WatchWithoutTriggersTest#nothingIsMadeInTheDatabase}, {@link LeastPrivilegeTest}
 *   <tr><td>a new release replaces what the old one needs<td>{@link #nodesOfTwoReleases_hearWhatEachAskedFor}; triggers:
 *     {@link TriggerUpkeepTest#functions_ofANewerVersion_stay}; replication:
 *     {@link ManagedPublicationsTest#manageTrue_removesNothing}
 *   <tr><td>rows that replication brings fire nothing<td>triggers:
 *     {@link TriggerWritersTest#rows_broughtByLogicalReplication_comeWithAlways}; replication:
 *     {@link WatchWithoutTriggersTest#changesForWhichTriggersDoNotFire_areDelivered}
 *   <tr><td>NOTIFY makes commits wait, LISTEN needs a session<td>{@link #writersAtOnce_everythingIsDelivered}; triggers:
 *     {@link TriggerSourceTest#notifications_lost_orUnwanted_delayAndLoseNothing}
 *   <tr><td>a process for each watcher, names that collide<td>{@link #namesThatFoldAlike_areTwo},
 *     {@link io.walwire.internal.watch.SubscribingTest#others_comingAndGoing_neverCostAnEvent}
 * </table>
 */
@ParameterizedClass
@CsvSource({"REPLICATION, 14", "REPLICATION, 18", "TRIGGERS, 14", "TRIGGERS, 18"})
class EctoWatchFaultsTest {
    @Parameter(0)
    EitherSource source = EitherSource.REPLICATION;

    @Parameter(1)
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE TABLE part (id int PRIMARY KEY, item_id int REFERENCES item)",
                "CREATE TABLE keyless (owner text, note text)",
                "ALTER TABLE keyless REPLICA IDENTITY FULL",
                "CREATE TABLE \"user\" (\"Id\" int PRIMARY KEY, \"roleId\" int)",
                "ALTER TABLE \"user\" REPLICA IDENTITY FULL",
                "CREATE TABLE \"camelCase, \"\"it's\" (\"order\" int PRIMARY KEY)");
    }

    @Test
    void updatesAlike_inOneTransaction_areEachDelivered() throws Exception {
        try (Watching watching = Watching.of(database, source.temporary(database))) {
            watching.add("keys", watching.watch("item").updated().keysOnly());
            watching.sql("INSERT INTO item VALUES (1, 'a')");
            database.inTransaction(
                    "UPDATE item SET note = note", "UPDATE item SET note = note", "UPDATE item SET note = note");
            watching.sql();
            assertThat(watching.lines("keys")).containsExactly("~1", "~1", "~1");
            assertThat(watching.events("keys")).doesNotHaveDuplicates();
        }
    }

    @Test
    void truncate_ofSeveralTables_isDeliveredForEach() throws Exception {
        try (Watching watching = Watching.of(database, source.temporary(database))) {
            watching.add("item", watching.watch("item").truncated());
            watching.add("part", watching.watch("part").where("item_id", 1));
            watching.add("keyless", watching.watch("keyless"));
            watching.add("user", watching.watch("\"user\""));
            watching.sql("INSERT INTO item VALUES (1)", "INSERT INTO part VALUES (1, 1)");
            watching.sql("TRUNCATE item, keyless CASCADE");
            assertThat(watching.lines("item")).containsExactly("!");
            assertThat(watching.lines("part")).containsExactly("+1", "! uncertain");
            assertThat(watching.lines("keyless")).containsExactly("!");
            assertThat(watching.lines("user")).isEmpty();
        }
    }

    @Test
    void insertByKey_withALabel_isDelivered() throws Exception {
        try (Watching watching = Watching.of(database, source.temporary(database))) {
            watching.add("two", watching.watch("item").inserted().key(2).label("new_items"));
            watching.sql("INSERT INTO item VALUES (1), (2), (3)", "UPDATE item SET note = 'x'");
            assertThat(watching.lines("two")).containsExactly("+2");
        }
    }

    @Test
    void tableWithoutKey_byAnyColumn() throws Exception {
        try (Watching watching = Watching.of(database, source.temporary(database))) {
            watching.add("anna", watching.watch("keyless").where("owner", "anna"));
            watching.add("note", watching.watch("keyless").columns("note").select("note"));
            watching.sql(
                    "INSERT INTO keyless VALUES ('anna', 'a'), ('anna', 'a'), ('ben', 'b')",
                    "UPDATE keyless SET owner = 'cora' WHERE owner = 'ben'",
                    "UPDATE keyless SET owner = 'ben' WHERE owner = 'anna'",
                    "DELETE FROM keyless");
            assertThat(watching.lines("anna")).containsExactly("+", "+", "~", "~");
            assertThat(watching.lines("note")).containsExactly("+", "+", "+", "-", "-", "-");
        }
    }

    @Test
    void namesThatNeedQuotes_areWatched() throws Exception {
        String camel = "\"camelCase, \"\"it's\"";
        try (Watching watching =
                Watching.of(database, source.temporary(database).name("My-Shop.Unit"))) {
            watching.add("user", watching.watch("user").where("roleId", 7).label("my-label; DROP TABLE item"));
            watching.add("camel", watching.watch(camel).key(1).label("Mixed_Case"));
            watching.sql(
                    "INSERT INTO \"user\" VALUES (1, 7)",
                    "UPDATE \"user\" SET \"roleId\" = 8",
                    "INSERT INTO " + camel + " VALUES (1)",
                    "DELETE FROM " + camel);
            assertThat(watching.lines("user")).containsExactly("+1", "~1");
            assertThat(watching.lines("camel")).containsExactly("+1", "-1");
            assertThat(watching.events("user").get(0).label()).isEqualTo("my-label; DROP TABLE item");
        }
    }

    /** A name and its lower case are two applications, and two watches. */
    @Test
    void namesThatFoldAlike_areTwo() throws Exception {
        try (Watching one = Watching.of(database, source.temporary(database).name("Foo.BarBaz"));
                Watching two = Watching.of(database, source.temporary(database).name("Foo.Barbaz"))) {
            one.add("Foo", one.watch("item").label("Foo.BarBaz").key(1));
            one.add("foo", one.watch("item").label("Foo.Barbaz").key(2));
            two.add("foo", two.watch("item").label("foo.barbaz").inserted());
            one.sql("INSERT INTO item VALUES (1), (2)", "DELETE FROM item");
            assertThat(one.lines("Foo")).containsExactly("+1", "-1");
            assertThat(one.lines("foo")).containsExactly("+2", "-2");
            assertThat(two.walwire().awaitCurrent(Items.LONG)).isTrue();
            assertThat(two.lines("foo")).containsExactly("+1", "+2");
        }
    }

    /** Subscribing makes nothing that would have to be removed. */
    @Test
    void lastSubscription_leavesNothing() throws Exception {
        String objects = "SELECT (SELECT count(*) FROM pg_class) + (SELECT count(*) FROM pg_proc)"
                + " + (SELECT count(*) FROM pg_trigger) + (SELECT count(*) FROM pg_description)"
                + " + (SELECT count(*) FROM pg_replication_slots WHERE database = current_database())";
        try (Walwire walwire = source.temporary(database).start()) {
            long before = database.queryLong(objects);
            List<Subscription> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                all.add(walwire.watch("item").label("ew_" + i).key(i).subscribe(event -> {}));
            }
            assertThat(database.queryLong(objects)).isEqualTo(before);
            all.forEach(Subscription::close);
            assertThat(walwire.watchStatus().subscriptions()).isZero();
            assertThat(database.queryLong(objects)).isEqualTo(before);
        }
    }

    /** Each makes what is missing, or finds that another just did. */
    @Test
    void boots_ofManyNodesAtOnce_allStream() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try {
            List<Callable<Walwire>> boots = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                boots.add(() -> managing("item", "user", "part").start());
            }
            List<Walwire> nodes = new ArrayList<>();
            try {
                for (Future<Walwire> each : threads.invokeAll(boots)) {
                    nodes.add(each.get());
                }
                assertThat(nodes).allMatch(node -> node.health().up());
            } finally {
                nodes.forEach(Walwire::close);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** The old release's nodes restart while those of the new one run, which asks for another table. */
    @Test
    void nodesOfTwoReleases_hearWhatEachAskedFor() throws Exception {
        try (Watching fresh = Watching.of(database, managing("mark", "item", "user"))) {
            fresh.add("user", fresh.watch("user"));
            fresh.add("item", fresh.watch("item"));
            for (int i = 1; i <= 2; i++) {
                try (Watching old = Watching.of(database, managing("mark", "item", "part"))) {
                    old.add("item", old.watch("item"));
                    old.sql("INSERT INTO item VALUES (" + i + ")", "INSERT INTO \"user\" VALUES (" + i + ")");
                    assertThat(old.lines("item")).containsExactly("+" + i);
                }
            }
            assertThat(fresh.walwire().awaitCurrent(Items.LONG)).isTrue();
            assertThat(fresh.lines("item")).containsExactly("+1", "+2");
            assertThat(fresh.lines("user")).containsExactly("+1", "+2");
        }
    }

    /** Makes publications or triggers itself. */
    private WalwireBuilder managing(String... tables) {
        WalwireBuilder builder = source.temporary(database).subscriptions(tables);
        return source == EitherSource.REPLICATION
                ? builder.publication("managed").set("walwire.publication.manage", "true")
                : builder;
    }

    @Test
    void writersAtOnce_everythingIsDelivered() throws Exception {
        int writers = 8;
        int commits = 50;
        ExecutorService threads = Executors.newFixedThreadPool(writers);
        try (Watching watching = Watching.of(database, source.temporary(database))) {
            watching.add("all", watching.watch("item").keysOnly().dropOldest(writers * commits));
            List<Callable<Void>> work = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                int first = i * commits;
                work.add(() -> {
                    write(first, commits);
                    return null;
                });
            }
            for (Future<Void> each : threads.invokeAll(work)) {
                each.get();
            }
            watching.sql();
            assertThat(watching.lines("all")).hasSize(writers * commits).doesNotHaveDuplicates();
        } finally {
            threads.shutdownNow();
        }
    }

    private void write(int first, int commits) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (int i = first; i < first + commits; i++) {
                statement.execute("INSERT INTO item VALUES (" + i + ")");
            }
        }
    }
}
