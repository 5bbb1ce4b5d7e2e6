package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.doctor.Finding;
import io.walwire.event.Event;
import io.walwire.event.RowEvent;
import io.walwire.event.Transaction;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Without {@code walwire.binary} a stream is in binary where the types of what is published allow that. It turns into one in text
 * where a table gets another type: nothing is lost, and nothing comes twice.
 */
class BinaryChoiceTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String LARGE = "INSERT INTO item SELECT g, repeat('x', 300) FROM generate_series(%d, %d) g";

    private final Recorder<Transaction> expected = new Recorder<>();
    private final Recorder<Transaction> actual = new Recorder<>();
    private final Recorder<Event> gaps = new Recorder<>();

    private static TestDatabase database(int version) throws SQLException {
        TestDatabase database = TestDatabase.create(PostgresServer.of(version));
        Instances.prepare(
                database,
                "CREATE EXTENSION cube",
                "CREATE EXTENSION seg",
                "CREATE TABLE item (id int PRIMARY KEY, name text)",
                "ALTER DATABASE " + database.name() + " SET logical_decoding_work_mem = '64kB'");
        return database;
    }

    private Walwire start(WalwireBuilder builder) {
        return builder.handler(on -> {
                    on.onTransaction(actual::add);
                    on.onGap(gaps::add);
                })
                .start();
    }

    private Walwire text(TestDatabase database) {
        return Instances.temporary(database)
                .name("text")
                .set("walwire.binary", "false")
                .handler(on -> on.onTransaction(expected::add))
                .start();
    }

    private static WalwireBuilder builder(TestDatabase database, boolean durable) {
        return durable ? Instances.durable(database) : Instances.temporary(database);
    }

    private static List<Event> events(Recorder<Transaction> transactions) {
        List<Event> events = new ArrayList<>();
        transactions.all().forEach(transaction -> events.addAll(transaction.events()));
        return events;
    }

    private List<Event> await(int count) {
        Eventually.until(LONG, () -> events(actual).size() >= count);
        return events(actual);
    }

    /** So many events came, and they are those of the stream in text. */
    private void assertSame(int count) {
        Eventually.until(LONG, () -> events(expected).size() >= count);
        assertThat(await(count))
                .extracting(BinaryChoiceTest::line)
                .isEqualTo(events(expected).stream().map(BinaryChoiceTest::line).toList());
        assertThat(gaps.all()).isEmpty();
    }

    /** Where a part of a large transaction ends depends on the memory that its messages take. */
    private static String line(Event event) {
        return event.toJson().replaceFirst("\"end_lsn\":(null|\"[^\"]*\")", "");
    }

    private static String row(Event event) {
        return Objects.requireNonNull(Typed.row(event).afterRow()).toJson();
    }

    private static long binaryStreams(TestDatabase database) throws SQLException {
        return database.queryLong("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND backend_type = 'walsender' AND query LIKE '%binary%'");
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void choice_isMadeForEachStream(int version) throws Exception {
        try (TestDatabase database = database(version);
                LogLines lines = new LogLines()) {
            database.sql("CREATE TABLE solid (id int PRIMARY KEY, shape cube)");
            try (Walwire walwire = start(Instances.durable(database))) {
                database.sql("INSERT INTO solid VALUES (1, '(1,2),(3,4)')");
                assertThat(row(await(1).get(0))).isEqualTo("{\"id\":1,\"shape\":\"(1, 2),(3, 4)\"}");
                assertThat(binaryStreams(database)).isZero();
                assertThat(lines.with("INFO Values come as text", "public.solid.shape", "type cube"))
                        .hasSize(1);
                database.terminateWalsenders();
                database.sql("INSERT INTO item VALUES (1, 'a')");
                await(2);
                assertThat(lines.with("Values come as text")).hasSize(1);
                database.sql("DROP TABLE solid");
                database.terminateWalsenders();
                database.sql("INSERT INTO item VALUES (2, 'b')");
                assertThat(row(await(3).get(2))).isEqualTo("{\"id\":2,\"name\":\"b\"}");
                assertThat(binaryStreams(database)).isEqualTo(1);
                assertThat(walwire.status().reconnects()).isEqualTo(2);
                assertThat(gaps.all()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "14, true, off",
        "14, false, on",
        "15, true, on",
        "16, false, parallel",
        "17, true, on",
        "18, true, off",
        "18, false, off",
        "18, true, on",
        "18, false, on"
    })
    void columnAdded_amongTheChangesOfATransaction(int version, boolean durable, String streaming) throws Exception {
        try (TestDatabase database = database(version);
                LogLines lines = new LogLines();
                Walwire text = text(database);
                Walwire walwire = start(builder(database, durable).set("walwire.streaming", streaming))) {
            database.sql("INSERT INTO item VALUES (1, 'a')", "UPDATE item SET name = 'b'");
            await(2);
            assertThat(binaryStreams(database)).isEqualTo(1);
            database.inTransaction(
                    "INSERT INTO item VALUES (2, 'a')",
                    String.format(LARGE, 3, 1000),
                    "ALTER TABLE item ADD shape cube",
                    "UPDATE item SET shape = '(1,2),(3,4)' WHERE id < 10",
                    "ALTER TABLE item ADD tags text[]",
                    "DELETE FROM item WHERE id < 100");
            database.sql("INSERT INTO item VALUES (0, 'c', '(0.5)')", "ALTER TABLE item DROP shape");
            database.sql("INSERT INTO item VALUES (-1, 'd', '{a,NULL}')");
            // 2 rows, 999 of the transaction, 9 updates, 99 deletes, 2 definitions, and 2 rows with a definition
            assertSame(2 + 999 + 9 + 99 + 2 + 3);
            assertThat(binaryStreams(database)).isZero();
            assertThat(walwire.status().reconnects()).isEqualTo(1);
            assertThat(text.status().reconnects()).isZero();
            assertThat(lines.with("INFO", "come as text", "public.item.shape", "type cube"))
                    .hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"14, true", "18, true", "18, false"})
    void tableAddedToThePublication(int version, boolean durable) throws Exception {
        try (TestDatabase database = database(version)) {
            database.sql("DROP PUBLICATION events", "CREATE PUBLICATION events FOR TABLE item");
            try (Walwire text = text(database);
                    Walwire walwire = start(builder(database, durable))) {
                database.sql("INSERT INTO item VALUES (1, 'a')");
                await(1);
                assertThat(binaryStreams(database)).isEqualTo(1);
                database.sql(
                        "CREATE TABLE solid (id int PRIMARY KEY, shape cube)",
                        "ALTER PUBLICATION events ADD TABLE solid",
                        "INSERT INTO solid VALUES (1, '(1,2),(3,4)')",
                        "INSERT INTO item VALUES (2, 'a')",
                        "UPDATE solid SET shape = NULL");
                assertSame(4);
                assertThat(binaryStreams(database)).isZero();
                assertThat(walwire.status().reconnects()).isEqualTo(1);
                assertThat(text.status().reconnects()).isZero();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"15, true, off", "16, true, on", "18, true, off", "18, true, on", "18, false, on"})
    void preparedTransaction_addsTheColumn(int version, boolean durable, String streaming) throws Exception {
        try (TestDatabase database = database(version);
                Walwire text = text(database);
                Walwire walwire = start(builder(database, durable)
                        .set("walwire.two-phase", "true")
                        .set("walwire.streaming", streaming))) {
            database.sql("INSERT INTO item VALUES (1, 'a')");
            await(1);
            String gid = database.unique("g");
            try (Connection connection = database.connect()) {
                connection.setAutoCommit(false);
                BothWays.execute(
                        connection,
                        "INSERT INTO item VALUES (2, 'a')",
                        String.format(LARGE, 3, 1000),
                        "CREATE TABLE solid (id int PRIMARY KEY, shape cube)",
                        "INSERT INTO solid VALUES (1, '(1,2),(3,4)')",
                        "INSERT INTO item VALUES (1001, 'a')",
                        "PREPARE TRANSACTION '" + gid + "'");
            }
            database.sql("CREATE TABLE other (id int PRIMARY KEY)", "INSERT INTO other VALUES (1)");
            database.sql("COMMIT PREPARED '" + gid + "'", "INSERT INTO item VALUES (1002, 'a')");
            assertSame(1 + 1 + 999 + 2 + 1);
            assertThat(binaryStreams(database)).isZero();
            assertThat(walwire.status().reconnects()).isEqualTo(1);
            assertThat(text.status().reconnects()).isZero();
        }
    }

    /** What the log holds is not what is published now: one stream in binary ends at it, and the next one does not begin so. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void typeThatIsOnlyInTheLog_endsOneStream(int version) throws Exception {
        try (TestDatabase database = database(version)) {
            start(Instances.durable(database)).close();
            database.sql(
                    "INSERT INTO item VALUES (1, 'a')",
                    "ALTER TABLE item ADD shape cube",
                    "INSERT INTO item VALUES (2, 'b', '(1)')",
                    "ALTER TABLE item DROP shape",
                    "INSERT INTO item VALUES (3, 'c')");
            try (Walwire walwire = start(Instances.durable(database))) {
                List<Event> all = await(5);
                assertThat(all.stream().filter(event -> event instanceof RowEvent<?>))
                        .extracting(BinaryChoiceTest::row)
                        .containsExactly(
                                "{\"id\":1,\"name\":\"a\"}",
                                "{\"id\":2,\"name\":\"b\",\"shape\":\"(1)\"}",
                                "{\"id\":3,\"name\":\"c\"}");
                assertThat(walwire.status().reconnects()).isEqualTo(1);
                assertThat(binaryStreams(database)).isZero();
                Eventually.until(LONG, () -> !Instances.confirmed(database)
                        .isBefore(walwire.status().confirmed()));
                database.terminateWalsenders();
                database.sql("INSERT INTO item VALUES (4, 'd')");
                await(6);
                assertThat(binaryStreams(database)).isEqualTo(1);
                assertThat(walwire.status().reconnects()).isEqualTo(2);
                assertThat(gaps.all()).isEmpty();
            }
        }
    }

    /** The table is not described again when a type gets a field, and the server fails when it sends a value of it. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void fieldThatCannotBeSent(int version) throws Exception {
        try (TestDatabase database = database(version);
                LogLines lines = new LogLines()) {
            database.sql("CREATE TYPE part AS (a int)", "CREATE TABLE whole (id int PRIMARY KEY, p part)");
            try (Walwire text = text(database);
                    Walwire walwire = start(Instances.durable(database))) {
                database.sql("INSERT INTO whole VALUES (1, ROW(1))");
                await(1);
                assertThat(binaryStreams(database)).isEqualTo(1);
                database.sql(
                        "ALTER TYPE part ADD ATTRIBUTE s seg[]",
                        "INSERT INTO whole VALUES (2, ROW(2, '{1.5 .. 2.5}')::part)",
                        "INSERT INTO item VALUES (1, 'a')");
                assertSame(3);
                assertThat(binaryStreams(database)).isZero();
                assertThat(lines.with("INFO", "come as text", "could not send a change in binary", "seg"))
                        .hasSize(1);
                assertThat(walwire.status().reconnects()).isEqualTo(1);
                assertThat(text.status().reconnects()).isZero();
            }
        }
    }

    /** The first parts were handled from a stream in text; the others come from one in binary, whose parts are others. */
    @Test
    void reconnectedInBinary_amidALargeTransaction() throws Exception {
        Gate gate = new Gate();
        try (TestDatabase database = database(18)) {
            database.sql("CREATE TABLE solid (id int PRIMARY KEY, shape cube)");
            try (Walwire text = text(database);
                    Walwire walwire = start(Instances.durable(database)
                            .set("walwire.buffer", "64KiB")
                            .handler(
                                    "held",
                                    on -> on.onTransaction(part -> {
                                        if (part.part() == 2) {
                                            gate.passUninterrupted();
                                        }
                                    })))) {
                assertThat(binaryStreams(database)).isZero();
                database.sql("CREATE TABLE many (id int8 PRIMARY KEY, f float8, n numeric)");
                database.sql("INSERT INTO many SELECT g, g / 7.0, g / 7.0 FROM generate_series(1, 5000) g");
                gate.awaitReached();
                database.sql("DROP TABLE solid");
                database.query(
                        "SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots WHERE slot_name = ?",
                        Instances.slot(database));
                gate.open();
                database.sql("INSERT INTO item VALUES (1, 'a')");
                assertSame(5001);
                assertThat(walwire.status().reconnects()).isEqualTo(1);
                assertThat(binaryStreams(database)).isEqualTo(1);
                assertThat(text.status().reconnects()).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void columnAdded_duringABackfill(int version) throws Exception {
        try (TestDatabase database = database(version)) {
            database.sql(
                    "CREATE TABLE many (id int PRIMARY KEY, v int, big text)",
                    "INSERT INTO many SELECT g, 0, repeat('x', 200) FROM generate_series(1, 3000) g");
            TableCopy copy = new TableCopy("many");
            try (Walwire walwire = Instances.temporary(database)
                    .set("walwire.backfill.chunk", "8KiB")
                    .set("walwire.backfill.rate", "400KiB")
                    .handler("copy", copy)
                    .handler("gaps", on -> on.onGap(gaps::add))
                    .start()) {
                assertThat(binaryStreams(database)).isEqualTo(1);
                BackfillRun run = walwire.backfill("many").start();
                Eventually.until(LONG, () -> copy.reads.get() > 500);
                database.inTransaction(
                        "UPDATE many SET v = 1 WHERE id % 10 = 0",
                        "ALTER TABLE many ADD shape cube",
                        "UPDATE many SET v = 2, shape = '(1)' WHERE id % 10 = 1",
                        "DELETE FROM many WHERE id % 10 = 2");
                run.completion().toCompletableFuture().join();
                database.sql("UPDATE many SET v = 3 WHERE id % 10 = 3");
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                assertThat(walwire.status().reconnects()).isEqualTo(1);
                assertThat(binaryStreams(database)).isZero();
                assertThat(gaps.all()).isEmpty();
                assertThat(copy.rows).isEqualTo(TableCopy.of(database, "many"));
            }
        }
    }

    @Test
    void doctor_saysWhy() throws Exception {
        try (TestDatabase database = database(18)) {
            assertThat(Instances.durable(database).check()).noneMatch(BinaryChoiceTest::isAboutBinary);
            database.sql("CREATE TABLE solid (id int PRIMARY KEY, shape cube)");
            assertThat(Instances.durable(database).check())
                    .filteredOn(BinaryChoiceTest::isAboutBinary)
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.what()).contains("as text", "public.solid.shape", "cube"));
            assertThat(Instances.durable(database)
                            .set("walwire.binary", "false")
                            .check())
                    .noneMatch(BinaryChoiceTest::isAboutBinary);
        }
    }

    private static boolean isAboutBinary(Finding finding) {
        return finding.where().equals("walwire.binary");
    }
}
