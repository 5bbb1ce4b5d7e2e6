package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Gap;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A primary dies with the outbox, and its physical standby is promoted, with as much of the outbox as it has received. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class TriggerFailoverTest {
    private static final Duration SYNC = Duration.ofMinutes(3);
    private static final String STANDBY = "standby_1";

    private final Recorder<Long> ids = new Recorder<>();
    private final Recorder<Gap> gaps = new Recorder<>();

    private WalwireBuilder reader(TestDatabase database, PostgresServer primary, PostgresServer standby) {
        return Walwire.builder()
                .url("postgresql://" + primary.user() + ":" + primary.password() + "@" + primary.host() + ":"
                        + primary.port() + "," + standby.host() + ":" + standby.port() + "/" + database.name())
                .set("walwire.source", "triggers")
                .set("walwire.triggers.manage", "true")
                .slotName("app")
                .handler(Items.ids(ids))
                .handler(on -> on.onGap(event -> gaps.add(event.gap())));
    }

    private static boolean holds(PostgresServer server, String database, String sql) throws SQLException {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() && row.getBoolean(1);
        }
    }

    private static void insert(PostgresServer server, String database, int... ids) throws SQLException {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement()) {
            for (int id : ids) {
                statement.execute("INSERT INTO item VALUES (" + id + ", 'note')");
            }
        }
    }

    @Test
    void promoted_withEverything_goesOnWithoutAGap() throws Exception {
        try (PostgresServer primary = PostgresServer.start(18, Map.of());
                TestDatabase database = TestDatabase.create(primary);
                PostgresServer standby = primary.startStandby(STANDBY)) {
            database.sql("CREATE TABLE item (id bigint PRIMARY KEY, note text)");
            try (Walwire walwire = reader(database, primary, standby).start()) {
                insert(primary, database.name(), 1, 2, 3);
                ids.await(3);
                Eventually.until(SYNC, () -> Outboxes.kept(database) == 0);
                Eventually.until(
                        SYNC,
                        () -> holds(
                                standby,
                                database.name(),
                                "SELECT (SELECT count(*) FROM item) = 3 AND (SELECT count(*) FROM " + Outboxes.OUTBOX
                                        + ") = 0"));
                primary.kill();
                standby.promote();
                insert(standby, database.name(), 4, 5);
                assertThat(ids.await(5, SYNC)).containsExactly(1L, 2L, 3L, 4L, 5L);
                assertThat(gaps.all()).isEmpty();
                assertThat(walwire.status().reconnects()).isPositive();
            }
        }
    }

    /** The new primary gives transaction ids again that were handled already: their changes are new ones. */
    @Test
    void promoted_behindWhatWasDelivered_gap_andNothingNewIsTakenForOld() throws Exception {
        try (PostgresServer primary = PostgresServer.start(18, Map.of());
                TestDatabase database = TestDatabase.create(primary);
                PostgresServer standby = primary.startStandby(STANDBY)) {
            database.sql("CREATE TABLE item (id bigint PRIMARY KEY, note text)");
            try (Walwire walwire = reader(database, primary, standby).start()) {
                insert(primary, database.name(), 1);
                ids.await(1);
                Eventually.until(SYNC, () -> Outboxes.kept(database) == 0);
                Eventually.until(
                        SYNC,
                        () -> holds(
                                standby,
                                database.name(),
                                "SELECT (SELECT count(*) FROM item) = 1 AND (SELECT count(*) FROM " + Outboxes.OUTBOX
                                        + ") = 0"));
                standby.sql("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()");
                Eventually.until(
                        SYNC, () -> holds(standby, database.name(), "SELECT count(*) = 0 FROM pg_stat_wal_receiver"));
                for (int id = 2; id <= 40; id++) {
                    insert(primary, database.name(), id);
                }
                ids.await(40);
                Eventually.until(SYNC, () -> Outboxes.kept(database) == 0);
                primary.kill();
                standby.promote();
                insert(standby, database.name(), 101, 102);
                assertThat(gaps.await(1).get(0).reason()).contains("timeline");
                assertThat(ids.await(42, SYNC)).endsWith(40L, 101L, 102L);
                assertThat(walwire.awaitStreaming(SYNC)).isTrue();
            }
        }
    }
}
