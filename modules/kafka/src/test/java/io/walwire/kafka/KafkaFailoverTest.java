package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.kafka.CommittedRecords.Seen;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A primary dies, and a standby is promoted that lacks something: a record of a gap says so, and all other changes are there once. */
@Timeout(600)
class KafkaFailoverTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String STANDBY = "standby_1";
    private static final int ROUNDS = Integer.getInteger("walwire.kafka.rounds", 1);
    private static final int MOST_CHANGES = 200;
    private static final int MOST_TOGETHER = 20;

    private final CommittedRecords committed = new CommittedRecords(Broker.shared());
    private final NumberedChanges changes = new NumberedChanges();
    private PostgresServer primary;
    private PostgresServer standby;
    private TestDatabase database;
    private Random random = new Random();

    static LongStream seeds() {
        long first = Long.getLong("walwire.chaos.seed", System.nanoTime());
        return LongStream.range(first, first + ROUNDS);
    }

    @BeforeEach
    void servers() throws SQLException {
        primary = PostgresServer.start(18, Map.of());
        database = TestDatabase.create(primary);
        KafkaInstances.prepare(database);
        standby = primary.startStandby(STANDBY);
    }

    @AfterEach
    void close() throws SQLException {
        database.close();
        standby.close();
        primary.close();
    }

    private WalwireBuilder reader() {
        String url = "postgresql://" + primary.user() + ":" + primary.password() + "@" + primary.host() + ":"
                + primary.port() + "," + standby.host() + ":" + standby.port() + "/" + database.name();
        return KafkaInstances.durable(url, KafkaInstances.slot(database), database.name())
                .sink(KafkaInstances.sink(database).build());
    }

    private void write(PostgresServer server) throws SQLException {
        try (Connection connection = server.connect(database.name())) {
            changes.write(connection, 1 + random.nextInt(MOST_CHANGES), 1 + random.nextInt(MOST_TOGETHER));
        }
    }

    private void writeAndStore(PostgresServer server, Walwire walwire) throws Exception {
        write(server);
        assertThat(walwire.awaitCurrent(LONG)).isTrue();
    }

    private static String answer(PostgresServer server, String sql) throws SQLException {
        try (Connection connection = server.connect(server.maintenanceDatabase());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : "";
        }
    }

    private void awaitStandby() throws SQLException {
        String end = answer(primary, "SELECT pg_current_wal_lsn()::text");
        Eventually.until(LONG, () -> answer(standby, "SELECT pg_last_wal_replay_lsn() >= '" + end + "'")
                .equals("t"));
    }

    /** The standby has a copy of the slot, whose position is behind all changes. */
    private void awaitSlot() throws SQLException {
        Eventually.until(LONG, () -> {
            primary.sql("SELECT pg_log_standby_snapshot()"); // which a slot needs to begin
            return answer(
                            standby,
                            "SELECT synced AND NOT temporary AND invalidation_reason IS NULL AND confirmed_flush_lsn > '"
                                    + changes.beforeLast() + "' FROM pg_replication_slots WHERE slot_name = '"
                                    + KafkaInstances.slot(database) + "'")
                    .equals("t");
        });
    }

    /** One record of a gap, and each change once. */
    private void assertGapAndEachOnce(String... words) throws Exception {
        assertThat(committed.of(database.name() + ".messages"))
                .singleElement()
                .satisfies(gap -> assertThat(gap.key()).isEqualTo("\"gap\""))
                .satisfies(
                        gap -> assertThat(gap.json().at("/gap/reason").asText()).contains(words));
        changes.assertEachOnce(item());
    }

    private List<Seen> item() throws Exception {
        return committed.of(KafkaInstances.topic(database, "item"));
    }

    /** An instance that goes on, and after that another one that starts. */
    @ParameterizedTest(name = "-Dwalwire.chaos.seed={0}")
    @MethodSource("seeds")
    void slotIsMissingOnTheStandby_andMadeAgain_aGapComesFirst(long seed) throws Exception {
        random = new Random(seed);
        try (Walwire walwire = reader().set("walwire.slot.lost", "recreate").start()) {
            writeAndStore(primary, walwire);
            awaitStandby();
            primary.kill();
            standby.promote();
            Eventually.until(
                    LONG, () -> !committed.of(database.name() + ".messages").isEmpty());
            writeAndStore(standby, walwire);
        }
        try (Walwire walwire = reader().start()) {
            writeAndStore(standby, walwire);
        }
        assertGapAndEachOnce("slot");
    }

    /** What Kafka holds shows the next instance that something may be missing. */
    @ParameterizedTest(name = "-Dwalwire.chaos.seed={0}")
    @MethodSource("seeds")
    void slotIsMissingOnTheStandby_theNextInstanceBeginsWithAGap(long seed) throws Exception {
        random = new Random(seed);
        try (Walwire walwire = reader().start()) {
            writeAndStore(primary, walwire);
        }
        awaitStandby();
        primary.kill();
        standby.promote();
        try (Walwire walwire = reader().start()) {
            writeAndStore(standby, walwire);
        }
        assertGapAndEachOnce("timeline");
    }

    /** Kafka has changes that the new primary does not have. Its log positions come again, for other changes. */
    @ParameterizedTest(name = "-Dwalwire.chaos.seed={0}")
    @MethodSource("seeds")
    void standbyIsBehindKafka_aGapComesFirst_andNothingIsTakenForStored(long seed) throws Exception {
        random = new Random(seed);
        try (Walwire walwire = reader().set("walwire.slot.failover", "true").start()) {
            writeAndStore(primary, walwire);
            awaitSlot();
            standby.sql("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()");
            Eventually.until(LONG, () -> answer(standby, "SELECT count(*) FROM pg_stat_wal_receiver")
                    .equals("0"));
            writeAndStore(primary, walwire);
            primary.kill();
            standby.promote();
            Eventually.until(
                    LONG, () -> !committed.of(database.name() + ".messages").isEmpty());
            writeAndStore(standby, walwire);
        }
        try (Walwire walwire = reader().set("walwire.slot.failover", "true").start()) {
            writeAndStore(standby, walwire);
        }
        assertGapAndEachOnce("timeline");
    }
}
