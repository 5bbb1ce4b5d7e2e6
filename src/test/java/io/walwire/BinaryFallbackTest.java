package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.MessageEvent;
import io.walwire.event.Transaction;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A type without an exact decoder turns a stream in binary into one in text: nothing is lost, and nothing comes twice. */
class BinaryFallbackTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    private final Recorder<Transaction> fromText = new Recorder<>();
    private final Recorder<Transaction> fromBinary = new Recorder<>();
    private final Recorder<Event> gaps = new Recorder<>();

    private static TestDatabase database(int version) throws SQLException {
        TestDatabase database = TestDatabase.create(PostgresServer.of(version));
        Instances.prepare(
                database,
                "CREATE EXTENSION cube",
                "CREATE EXTENSION seg",
                "CREATE TABLE item (id int PRIMARY KEY, name text)",
                "CREATE TABLE solid (id int PRIMARY KEY, shape cube)");
        return database;
    }

    private Walwire start(WalwireBuilder builder) {
        return builder.set("walwire.binary", "true")
                .handler(on -> {
                    on.onTransaction(fromBinary::add);
                    on.onGap(gaps::add);
                })
                .start();
    }

    private static List<Event> events(Recorder<Transaction> transactions) {
        List<Event> events = new ArrayList<>();
        transactions.all().forEach(transaction -> events.addAll(transaction.events()));
        return events;
    }

    private static List<Event> await(Recorder<Transaction> transactions, int count) {
        Eventually.until(LONG, () -> events(transactions).size() >= count);
        return events(transactions);
    }

    private static long streams(TestDatabase database, String format) throws SQLException {
        return database.queryLong("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND backend_type = 'walsender' AND query " + format + " '%binary%'");
    }

    @ParameterizedTest
    @CsvSource({"14,true", "14,false", "18,true", "18,false"})
    void unreadableType_midStream(int version, boolean durable) throws Exception {
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger("io.walwire.internal.engine.ValueFormat");
        Level before = logger.getLevel();
        logger.setLevel(Level.INFO);
        lines.start();
        logger.addAppender(lines);
        try (TestDatabase database = database(version);
                Walwire text = Instances.temporary(database)
                        .set("walwire.binary", "false")
                        .handler(on -> on.onTransaction(fromText::add))
                        .start();
                Walwire binary = start(durable ? Instances.durable(database) : Instances.temporary(database))) {
            database.sql("INSERT INTO item VALUES (1, 'a')", "UPDATE item SET name = 'b'");
            await(fromBinary, 2);
            assertThat(streams(database, "LIKE")).isEqualTo(1);
            database.inTransaction(
                    "INSERT INTO item VALUES (2, 'a')",
                    "INSERT INTO solid VALUES (1, '(1,2),(3,4)')",
                    "INSERT INTO item VALUES (3, 'a')");
            database.sql("INSERT INTO item VALUES (4, 'a')", "UPDATE solid SET shape = '(0.1)'", "DELETE FROM item");
            List<Event> expected = await(fromText, 11);
            assertThat(await(fromBinary, 11)).extracting(Event::toJson).isEqualTo(json(expected));
            database.sql("INSERT INTO item VALUES (5, 'a')");
            assertThat(await(fromBinary, 12)).extracting(Event::toJson).isEqualTo(json(await(fromText, 12)));
            assertThat(gaps.all()).isEmpty();
            assertThat(streams(database, "LIKE")).isZero();
            assertThat(streams(database, "NOT LIKE")).isEqualTo(2);
            assertThat(database.queryLong(
                            "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"))
                    .isEqualTo(2);
            assertThat(binary.status().reconnects()).isEqualTo(1);
            assertThat(text.status().reconnects()).isZero();
            assertThat(lines.list)
                    .filteredOn(line -> line.getLevel() == Level.INFO)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .filteredOn(line -> line.contains("binary"))
                    .singleElement()
                    .asString()
                    .contains("public.solid.shape")
                    .contains("type cube");
        } finally {
            logger.detachAppender(lines);
            logger.setLevel(before);
        }
    }

    private static List<String> json(List<Event> events) {
        return events.stream().map(Event::toJson).toList();
    }

    /** Parts of the same transaction are handled before; in text they are longer or shorter. */
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {"name text, 'größe'", "n float8, random()", "n int8, 1", "b bytea, '\\x0011223344556677'"})
    void unreadableType_inALargeTransaction(String column, String value) throws Exception {
        try (TestDatabase database = database(18)) {
            database.sql("CREATE TABLE many (id int8 PRIMARY KEY, " + column + ")");
            try (Walwire text = small(database)
                            .set("walwire.binary", "false")
                            .handler(on -> on.onTransaction(fromText::add))
                            .start();
                    Walwire binary = start(small(database))) {
                String insert = "INSERT INTO many SELECT g, " + value + " FROM generate_series(%d, %d) g";
                database.inTransaction(
                        String.format(insert, 1, 999),
                        "SELECT pg_logical_emit_message(true, 'half', 'x')",
                        String.format(insert, 1000, 2000),
                        "INSERT INTO solid VALUES (1, '(1,2),(3,4)')",
                        String.format(insert, 2001, 2999));
                List<Event> expected = await(fromText, 3001);
                List<Event> actual = await(fromBinary, 3001);
                assertThat(binary.status().reconnects()).isEqualTo(1);
                assertThat(actual)
                        .extracting(Event::id)
                        .isEqualTo(expected.stream().map(Event::id).toList());
                assertThat(actual)
                        .extracting(BinaryFallbackTest::row)
                        .isEqualTo(
                                expected.stream().map(BinaryFallbackTest::row).toList());
                Eventually.until(LONG, () -> fromBinary.all().stream().anyMatch(Transaction::isLast));
                List<Transaction> parts = fromBinary.all();
                assertThat(parts).hasSizeGreaterThan(3);
                assertThat(parts.stream().map(Transaction::part))
                        .isEqualTo(IntStream.range(0, parts.size()).boxed().toList());
                assertThat(parts.stream().filter(Transaction::isLast)).hasSize(1);
                assertThat(actual.stream()
                                .filter(event -> event.kind() == Kind.INSERT)
                                .map(event -> event.id().index()))
                        .isEqualTo(LongStream.range(0, 3000).boxed().toList());
                assertThat(text.status().reconnects()).isZero();
            }
        }
    }

    private static WalwireBuilder small(TestDatabase database) {
        return Instances.temporary(database).set("walwire.buffer", "64KiB");
    }

    private static String row(Event event) {
        return event instanceof MessageEvent message
                ? message.message().toString()
                : Objects.requireNonNull(Typed.row(event).afterRow()).toJson();
    }

    /** PostgreSQL itself sends as text what has no send function, and nothing has to be given up for it. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void typeThatIsAlwaysText_staysInBinary(int version) throws Exception {
        try (TestDatabase database = database(version);
                Walwire binary = start(Instances.temporary(database))) {
            database.sql(
                    "CREATE TABLE measured (id int PRIMARY KEY, s seg, a aclitem)",
                    "INSERT INTO measured VALUES (1, '1.5 .. 2.5', 'pg_monitor=r/pg_monitor')");
            Event event = await(fromBinary, 1).get(0);
            assertThat(Objects.requireNonNull(Typed.row(event).afterRow()).toJson())
                    .isEqualTo("{\"id\":1,\"s\":\"1.5 .. 2.5\",\"a\":\"pg_monitor=r/pg_monitor\"}");
            assertThat(streams(database, "LIKE")).isEqualTo(1);
            assertThat(binary.status().reconnects()).isZero();
        }
    }

    /** The table is not described anew when the type of its column gets another field. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void composite_fieldAddedMidStream(int version) throws Exception {
        try (TestDatabase database = database(version)) {
            database.sql(
                    "CREATE TYPE mood AS ENUM ('happy')",
                    "CREATE TYPE part AS (a int, b text)",
                    "CREATE TABLE whole (id int PRIMARY KEY, p part, ps part[])");
            try (Walwire binary = start(Instances.temporary(database))) {
                database.sql("INSERT INTO whole VALUES (1, ROW(1, 'a')::part, ARRAY[ROW(2, 'b')::part])");
                await(fromBinary, 1);
                database.sql(
                        "ALTER TYPE part ADD ATTRIBUTE c float8",
                        "INSERT INTO whole VALUES (2, ROW(1, 'a', 0.5)::part, NULL)");
                await(fromBinary, 2);
                assertThat(streams(database, "LIKE")).isEqualTo(1);
                database.sql(
                        "ALTER TYPE part ADD ATTRIBUTE m mood",
                        "INSERT INTO whole VALUES (3, NULL, ARRAY[ROW(1, 'a', 0.5, 'happy')::part])");
                assertThat(await(fromBinary, 3))
                        .extracting(BinaryFallbackTest::row)
                        .containsExactly(
                                "{\"id\":1,\"p\":\"(1,a)\",\"ps\":[\"(2,b)\"]}",
                                "{\"id\":2,\"p\":\"(1,a,0.5)\",\"ps\":null}",
                                "{\"id\":3,\"p\":null,\"ps\":[\"(1,a,0.5,happy)\"]}");
                assertThat(streams(database, "LIKE")).isZero();
                assertThat(gaps.all()).isEmpty();
                assertThat(binary.state().isFinal()).isFalse();
            }
        }
    }

    /** Nor when a type gets a send function, so that its values suddenly come in binary. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void typeThatGetsASendFunctionMidStream(int version) throws Exception {
        try (TestDatabase database = database(version)) {
            database.sql("CREATE TABLE measured (id int PRIMARY KEY, s seg)");
            try (Walwire binary = start(Instances.temporary(database))) {
                database.sql("INSERT INTO measured VALUES (1, '1.5 .. 2.5')");
                await(fromBinary, 1);
                database.sql(
                        "CREATE FUNCTION seg_send(seg) RETURNS bytea AS 'float8send' LANGUAGE internal IMMUTABLE STRICT",
                        "ALTER TYPE seg SET (SEND = seg_send)",
                        "INSERT INTO measured VALUES (2, '2.5 .. 3.5')");
                assertThat(await(fromBinary, 2))
                        .extracting(BinaryFallbackTest::row)
                        .containsExactly("{\"id\":1,\"s\":\"1.5 .. 2.5\"}", "{\"id\":2,\"s\":\"2.5 .. 3.5\"}");
                assertThat(streams(database, "LIKE")).isZero();
                assertThat(gaps.all()).isEmpty();
                assertThat(binary.state().isFinal()).isFalse();
            }
        }
    }

    /** The table is asked about before its row is received, at which the server fails for good. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void typeWhoseSendFunctionFails_isReadAsText_whateverTheErrorIs(int version) throws Exception {
        try (TestDatabase database = database(version)) {
            database.sql(
                    "CREATE TABLE plain (id int PRIMARY KEY)",
                    "CREATE TABLE measured (id int PRIMARY KEY, s seg)",
                    "CREATE FUNCTION seg_send(seg) RETURNS bytea LANGUAGE plpgsql AS"
                            + " $$ BEGIN RAISE EXCEPTION 'never in binary'; END $$",
                    "ALTER TYPE seg SET (SEND = seg_send)");
            try (Walwire binary = start(Instances.durable(database))) {
                database.inTransaction("INSERT INTO plain VALUES (1)", "INSERT INTO measured VALUES (2, '2.5 .. 3.5')");
                assertThat(await(fromBinary, 2))
                        .extracting(BinaryFallbackTest::row)
                        .containsExactly("{\"id\":1}", "{\"id\":2,\"s\":\"2.5 .. 3.5\"}");
                assertThat(binary.state().isFinal()).isFalse();
            }
        }
    }

    /** The server's error ends a temporary slot too, which is reported as a gap. */
    @Test
    void arrayOfWhatCannotBeSent_temporarySlot_gap() throws Exception {
        try (TestDatabase database = database(18);
                Walwire binary = start(Instances.temporary(database))) {
            database.sql(
                    "CREATE TABLE measured (id int PRIMARY KEY, s seg[])",
                    "INSERT INTO measured VALUES (1, '{1.5 .. 2.5}')");
            gaps.await(1);
            Eventually.until(LONG, () -> streams(database, "NOT LIKE") == 1);
            database.sql("INSERT INTO measured VALUES (2, '{1.5 .. 2.5}')");
            Event last = await(fromBinary, 1).get(0);
            assertThat(row(last)).isEqualTo("{\"id\":2,\"s\":[\"1.5 .. 2.5\"]}");
            assertThat(binary.state().isFinal()).isFalse();
        }
    }

    /** An array of them cannot be sent at all: the server's stream fails, and the one in text goes on. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void arrayOfWhatCannotBeSent(int version) throws Exception {
        try (TestDatabase database = database(version);
                Walwire binary = start(Instances.durable(database))) {
            database.sql(
                    "CREATE TABLE measured (id int PRIMARY KEY, s seg[])",
                    "INSERT INTO item VALUES (1, 'a')",
                    "INSERT INTO measured VALUES (1, '{1.5 .. 2.5}')",
                    "INSERT INTO item VALUES (2, 'a')");
            List<Event> events = await(fromBinary, 3);
            assertThat(Objects.requireNonNull(Typed.row(events.get(1)).afterRow())
                            .toJson())
                    .isEqualTo("{\"id\":1,\"s\":[\"1.5 .. 2.5\"]}");
            assertThat(events).hasSize(3);
            assertThat(gaps.all()).isEmpty();
            assertThat(streams(database, "LIKE")).isZero();
            assertThat(binary.state().isFinal()).isFalse();
        }
    }
}
