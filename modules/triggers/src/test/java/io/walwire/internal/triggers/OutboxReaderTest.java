package io.walwire.internal.triggers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.config.Credentials;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.text.TablePattern;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.lang.reflect.Field;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.QueryExecutorBase;

/** A reader's connection: what others send to it, and what holds it back. */
class OutboxReaderTest {
    private static final OutboxNames NAMES = new OutboxNames("walwire", "walwire");
    private static final Consumer CONSUMER = new Consumer("reader", true, Duration.ofDays(1), "test");

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void create() throws SQLException {
        database.sql("CREATE TABLE item (id int PRIMARY KEY)");
        TriggerUpkeep upkeep = new TriggerUpkeep(
                NAMES, new TriggerUpkeep.Options(false, false, Duration.ofSeconds(3)), new Pooler("here", false));
        try (Connection connection = database.connect()) {
            upkeep.install(connection, List.of(TablePattern.parse("item")), Set.of());
        }
    }

    private OutboxSession session() throws SQLException {
        WalwireConfig config = WalwireConfig.of(
                Map.of("walwire.url", database.url(), "walwire.source", "triggers"), List.of(), name -> null, false);
        Credentials credentials = new Credentials(database.user(), database.password());
        return OutboxSession.open(
                new Database(config.server(), () -> credentials), NAMES, new Pooler("here", false), connection -> {});
    }

    private static OutboxReader reader(OutboxSession session) throws SQLException {
        Claim claim = session.claim(CONSUMER, null);
        return new OutboxReader(
                session, CONSUMER, claim, claim.position(), 1 << 20, new Wakes(true, Duration.ofHours(1)));
    }

    /** By a role that has no right on anything; more than the buffers of a connection hold. */
    private void flood() throws SQLException {
        String nobody = database.role("LOGIN PASSWORD 'secret'");
        try (Connection connection = database.server().connect(database.name(), nobody, "secret");
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_notify('" + NAMES.channel()
                    + "', repeat('x', 7000) || i) FROM generate_series(1, 2000) i");
        }
    }

    /** What the driver keeps until somebody asks for it. */
    private static Collection<?> gathered(OutboxSession session) throws Exception {
        Field field = QueryExecutorBase.class.getDeclaredField("notifications");
        field.setAccessible(true);
        Object executor = session.connection().unwrap(BaseConnection.class).getQueryExecutor();
        return (Collection<?>) Objects.requireNonNull(field.get(executor));
    }

    private static boolean isListening(OutboxSession session) throws SQLException {
        try (Statement statement = session.connection().createStatement();
                ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT pg_catalog.pg_listening_channels())")) {
            return row.next() && row.getBoolean(1);
        }
    }

    @Test
    void notifications_ofAFlood_cutTheConnection_andTheNextDoesNotListen() throws Exception {
        Wakes wakes = new Wakes(true);
        try (OutboxSession session = session()) {
            Claim claim = session.claim(CONSUMER, null);
            OutboxReader reader = new OutboxReader(session, CONSUMER, claim, claim.position(), 1 << 20, wakes);
            assertThat(session.listen()).isTrue();
            flood();
            assertThatThrownBy(() -> {
                        while (reader.next() == null) {
                            reader.await(false);
                        }
                    })
                    .isInstanceOf(SQLException.class);
            assertThat(session.isFlooded()).isTrue();
            assertThat(session.connection().isClosed()).isTrue();
            reader.close();
        }
        assertThat(wakes.areHeard()).isFalse();
        try (OutboxSession session = session()) {
            Claim claim = session.claim(CONSUMER, null);
            OutboxReader reader = new OutboxReader(session, CONSUMER, claim, claim.position(), 1 << 20, wakes);
            reader.await(false);
            assertThat(isListening(session)).isFalse();
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(reader.next()).isNotNull();
        }
    }

    /** It looked while the reader was awake, and no later transaction has ended. */
    @Test
    void writer_thatBeganBeforeTheReaderListened_isNotMissed() throws Exception {
        try (OutboxSession session = session();
                Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            reader(session);
            session.stayAwake();
            writer.setAutoCommit(false);
            statement.execute("INSERT INTO item VALUES (1)");
            assertThat(session.listen()).isTrue();
            OutboxRows rows = session.rows(1 << 20);
            assertThat(session.mayMiss(rows.horizon().end())).isTrue();
            writer.commit();
            Eventually.until(
                    Duration.ofMinutes(3), () -> !session.mayMiss(rows.horizon().end()));
        }
    }

    @Test
    void notifications_thatComeOneByOne_onlyWake() throws Exception {
        try (OutboxSession session = session()) {
            OutboxReader reader = reader(session);
            session.listen();
            for (int i = 0; i < 300; i++) {
                database.sql("SELECT pg_notify('" + NAMES.channel() + "', repeat('x', 7000))");
                reader.await(false);
                assertThat(reader.next()).isNull();
            }
            assertThat(gathered(session)).isEmpty();
            assertThat(isListening(session)).isTrue();
        }
    }

    @Test
    void rows_ofAnySize_areReadWhileNobodyListens() throws Exception {
        database.sql("ALTER TABLE item ADD body text");
        try (OutboxSession session = session()) {
            OutboxReader reader = reader(session);
            reader.await(false);
            assertThat(isListening(session)).isTrue();
            database.sql("INSERT INTO item VALUES (1, repeat('x', 5000000))");
            assertThat(reader.next()).isNotNull();
            assertThat(isListening(session)).isFalse();
        }
    }

    @Test
    void reader_thatCannotRead_hearsNothing_andListensAgain() throws Exception {
        try (OutboxSession session = session()) {
            OutboxReader reader = reader(session);
            session.listen();
            reader.stayAlive();
            assertThat(isListening(session)).isFalse();
            flood();
            reader.stayAlive();
            assertThat(gathered(session)).isEmpty();
            database.sql("INSERT INTO item VALUES (1)");
            reader.await(false);
            assertThat(isListening(session)).isTrue();
            assertThat(reader.next()).isNotNull();
        }
    }

    @Test
    void definitions_ofManyAlterations_areNotAllKept() throws Exception {
        database.sql("INSERT INTO item VALUES (1)");
        int more = OutboxRows.MAX_DEFINITIONS + 10;
        database.sql("INSERT INTO " + NAMES.definition()
                + " (relid, fingerprint, schema_name, table_name, root, root_schema,"
                + " root_name, column_names, type_oids, typmods, type_schemas, type_names, places)"
                + " SELECT relid, i, schema_name, table_name || i, root, root_schema, root_name, column_names, type_oids,"
                + " typmods, type_schemas, type_names, places FROM " + NAMES.definition() + ", generate_series(1, "
                + more + ") i");
        try (OutboxSession session = session();
                Statement statement = session.connection().createStatement();
                ResultSet ids = statement.executeQuery("SELECT id FROM " + NAMES.definition())) {
            OutboxRows rows = session.rows(1 << 20);
            while (ids.next()) {
                assertThat(rows.definition(ids.getLong(1))).isNotNull();
            }
            assertThat(rows.knownDefinitions()).isEqualTo(OutboxRows.MAX_DEFINITIONS);
        }
    }

    @Test
    void preparedTransaction_thatHoldsChangesBack_isNamed() throws Exception {
        String role = database.role("LOGIN PASSWORD 'secret'");
        database.sql("GRANT ALL ON item TO " + role);
        String gid = database.unique("it's \u2028 2026-01-01 FORGED\nforgotten");
        try (OutboxSession session = session();
                Connection writer = database.server().connect(database.name(), role, "secret");
                Statement statement = writer.createStatement()) {
            statement.execute("BEGIN");
            statement.execute("INSERT INTO item VALUES (1)");
            statement.execute("PREPARE TRANSACTION '" + gid.replace("'", "''") + "'");
            try {
                StallReport report = new StallReport(session.connection(), Duration.ZERO);
                OutboxRows rows = session.rows(1 << 20);
                assertThat(report.look(rows.horizon())).as("nothing waits yet").isNull();
                database.sql("INSERT INTO item VALUES (2)");
                assertThat(report.look(rows.horizon())).as("it is seen first").isNull();
                assertThat(report.look(rows.horizon()))
                        .contains("prepared transaction '"
                                + gid.replace("'", "''").replace("\n", "\\n").replace("\u2028", "\\u2028") + "'")
                        .contains("role " + role, "database " + database.name(), "since 20")
                        .contains("ROLLBACK PREPARED E'")
                        .doesNotContain("\n", "\u2028");
                assertThat(report.look(rows.horizon())).as("not again at once").isNull();
            } finally {
                database.sql("ROLLBACK PREPARED '" + gid.replace("'", "''") + "'");
            }
        }
    }

    @Test
    void openTransaction_thatHoldsChangesBack_isNamed_alsoToThoseWithoutRights() throws Exception {
        try (OutboxSession session = session();
                Connection writer = database.connect();
                Statement statement = writer.createStatement();
                Statement own = session.connection().createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("INSERT INTO item VALUES (1)");
            database.sql("INSERT INTO item VALUES (2)");
            StallReport report = new StallReport(session.connection(), Duration.ZERO);
            OutboxRows.Horizon horizon = session.rows(1 << 20).horizon();
            assertThat(report.look(horizon)).isNull();
            own.execute("SET ROLE " + database.role("NOLOGIN"));
            assertThat(report.look(horizon)).contains("the transaction of PID ").doesNotContain("INSERT");
            assertThat(report.isStalled()).isTrue();
            own.execute("RESET ROLE");
            writer.rollback();
            assertThat(report.look(session.rows(1 << 20).horizon())).contains("has ended");
            assertThat(report.isStalled()).isFalse();
        }
    }

    /** Writers look whether a reader is awake anyway; one that falls asleep looks until all those have ended that did not wake it. */
    @Test
    void writers_wakeNoReaderThatLooksAnyway_andNoneIsMissedWhenItListens() throws Exception {
        try (Connection connection = database.connect()) {
            new TriggerUpkeep(
                            NAMES,
                            new TriggerUpkeep.Options(false, true, Duration.ofSeconds(3)),
                            new Pooler("here", false))
                    .install(connection, List.of(TablePattern.parse("item")), Set.of());
        }
        try (OutboxSession session = session();
                Connection other = database.connect();
                Statement listener = other.createStatement();
                Connection slow = database.connect();
                Statement writer = slow.createStatement()) {
            listener.execute("LISTEN \"" + NAMES.channel() + "\"");
            OutboxReader reader = reader(session);
            reader.await(false);
            assertThat(isListening(session)).isTrue();
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(notified(other)).as("it listens").isTrue();
            read(reader);
            assertThat(isListening(session)).isFalse();
            slow.setAutoCommit(false);
            writer.execute("INSERT INTO item VALUES (2)");
            database.sql("INSERT INTO item VALUES (3)");
            assertThat(notified(other)).as("it reads").isFalse();
            assertThat(session.listen()).isTrue();
            database.sql("INSERT INTO item VALUES (4)");
            assertThat(notified(other)).as("it listens again").isTrue();
            while (reader.next() != null) {
                reader.await(false);
            }
            slow.commit();
            assertThat(notified(other)).as("it began before").isFalse();
            // the interval of its looks is an hour
            read(reader);
        }
    }

    private static boolean notified(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT 1");
        }
        return connection.unwrap(PGConnection.class).getNotifications(100).length > 0;
    }

    private static void read(OutboxReader reader) throws SQLException {
        while (reader.next() == null) {
            reader.await(false);
        }
        while (reader.next() != null) {
            assertThat(reader.isDrained()).isFalse();
        }
    }
}
