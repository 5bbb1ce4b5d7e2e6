package io.walwire.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;
import org.postgresql.replication.PGReplicationStream;
import org.postgresql.replication.fluent.logical.ChainedLogicalStreamBuilder;

/** What a server sends, recorded by the proxy, is what a second reading holds; and a difference is explained by it. */
class SentFramesTest {
    private static final int TWO_PHASE = 15;
    private static final String LIMIT = "logical_decoding_work_mem";

    /** How a stream is asked for, and the message that shows that it is so. */
    private enum Way {
        PLAIN(1, 'B'),
        STREAMED(2, 'c'),
        PREPARED(3, 'p');

        private final int protocol;
        private final char sign;

        Way(int protocol, char sign) {
            this.protocol = protocol;
            this.sign = sign;
        }

        String slot() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void recordedStream_isWhatTheSecondReadingHolds(int version, @TempDir Path directory) throws Exception {
        try (PostgresServer server =
                        PostgresServer.start(version, Map.of(LIMIT, "64kB", "max_prepared_transactions", "5"));
                TestDatabase database = TestDatabase.create(server);
                Proxy proxy = new Proxy(server.host(), server.port())) {
            database.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, version int, body text)",
                    "CREATE TABLE described_once (id int PRIMARY KEY, version int, body text)",
                    "CREATE PUBLICATION p FOR ALL TABLES");
            database.query("SELECT pg_create_logical_replication_slot('witness', 'pgoutput')");
            List<Way> ways = Stream.of(Way.values())
                    .filter(way -> way != Way.PREPARED || version >= TWO_PHASE)
                    .toList();
            for (Way way : ways) {
                database.query(
                        "SELECT pg_create_logical_replication_slot(?, 'pgoutput'"
                                + (way == Way.PREPARED ? ", false, true)" : ")"),
                        way.slot());
            }
            write(database);
            List<String> expected;
            try (Connection connection = database.connect()) {
                expected = SecondReading.drain(connection, "witness", "p");
            }
            assertThat(expected).hasSizeGreaterThan(2_000);
            for (Way way : ways) {
                Path frames = directory.resolve(way.slot());
                proxy.recordTo(frames);
                stream(proxy, database, way);
                proxy.endRecordings();
                assertSent(expected, frames, way);
            }
        }
    }

    private static void assertSent(List<String> expected, Path frames, Way way) throws Exception {
        Map<String, List<String>> transactions = expected.stream().collect(Collectors.groupingBy(Change::position));
        SentFrames sent = SentFrames.read(frames, transactions.keySet());
        assertThat(sent.troubles()).isEmpty();
        transactions.forEach((position, lines) ->
                assertThat(sent.transaction(position)).as("%s", way).isEqualTo(lines));
        assertThat(expected).allMatch(sent::holds);
        assertThat(sent.holds(expected.get(0).replace("insert", "delete"))).isFalse();
        assertThat(sent.holdsTransactionOf(Change.hex(1))).isFalse();
    }

    private static void write(TestDatabase database) throws Exception {
        database.sql("INSERT INTO t VALUES (1, 1, 'one'), (2, 1, null)", "UPDATE t SET id = 3 WHERE id = 2");
        database.sql("SELECT pg_logical_emit_message(false, 'note', 'outside')");
        database.inTransaction(
                "SELECT pg_logical_emit_message(true, 'note', 'within')",
                "SAVEPOINT a",
                "INSERT INTO t SELECT g, 1, 'rolled back' FROM generate_series(10000, 12000) g",
                "ROLLBACK TO SAVEPOINT a",
                "SAVEPOINT b",
                "INSERT INTO t SELECT g, 1, 'kept' FROM generate_series(10000, 12000) g",
                "DELETE FROM t WHERE id = 1");
        database.sql(
                "BEGIN; INSERT INTO t VALUES (4, 1, 'prepared'); PREPARE TRANSACTION 'small';",
                "BEGIN; INSERT INTO t SELECT g, 1, 'many' FROM generate_series(1, 3000) g WHERE g <> 3 AND g <> 4;"
                        + " PREPARE TRANSACTION 'large';",
                "COMMIT PREPARED 'large'",
                "COMMIT PREPARED 'small'",
                // the stream describes this table in the prepared transaction, and not again in the next one
                "BEGIN; INSERT INTO described_once VALUES (1, 1, 'prepared'); PREPARE TRANSACTION 'first';",
                "INSERT INTO described_once VALUES (2, 1, 'next')",
                "COMMIT PREPARED 'first'",
                "TRUNCATE t");
    }

    /** Reads, in binary and in chunks or as plain as it can be, until the server has sent all. */
    private static void stream(Proxy proxy, TestDatabase database, Way way) throws Exception {
        Properties properties = new Properties();
        PGProperty.USER.set(properties, database.user());
        PGProperty.PASSWORD.set(properties, database.password());
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
        String url = "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + database.name();
        try (Connection connection = DriverManager.getConnection(url, properties);
                PGReplicationStream stream = options(connection, way).start()) {
            Set<Character> types = new HashSet<>();
            while (!types.contains('T')) {
                ByteBuffer data = stream.read();
                types.add((char) data.get(data.position()));
            }
            assertThat(types).contains(way.sign);
        }
    }

    private static ChainedLogicalStreamBuilder options(Connection connection, Way way) throws SQLException {
        ChainedLogicalStreamBuilder builder = connection
                .unwrap(PGConnection.class)
                .getReplicationAPI()
                .replicationStream()
                .logical()
                .withSlotName(way.slot())
                .withSlotOption("proto_version", way.protocol)
                .withSlotOption("publication_names", "p")
                .withSlotOption("messages", true);
        if (way != Way.PLAIN) {
            builder.withSlotOption("streaming", "on").withSlotOption("binary", true);
        }
        return way == Way.PREPARED ? builder.withSlotOption("two_phase", "on") : builder;
    }
}
