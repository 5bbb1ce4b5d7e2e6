package io.walwire.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A server of a test's own: configured, stopped, started again. */
class PostgresServerTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onServerOfItsOwn(Map.of("wal_sender_timeout", "3s"));

    @Test
    void start_ownSettingsOverTheUsual() throws SQLException {
        assertThat(database.queryString("SHOW wal_sender_timeout")).isEqualTo("3s");
        assertThat(database.queryString("SHOW wal_level")).isEqualTo("logical");
        assertThat(database.queryString("SHOW synchronous_commit")).isEqualTo("on");
        assertThat(database.server()).isNotSameAs(PostgresServer.shared());
    }

    @Test
    void startAgain_afterACrash() throws SQLException {
        PostgresServer server = database.server();
        database.sql("CREATE TABLE a (id int)", "INSERT INTO a VALUES (1)");
        int port = server.port();

        server.stopImmediately();

        assertThat(server.isRunning()).isFalse();
        assertThatThrownBy(database::connect).isInstanceOf(SQLException.class);

        server.startAgain();

        assertThat(server.isRunning()).isTrue();
        assertThat(server.port()).isEqualTo(port);
        assertThat(database.queryLong("SELECT id FROM a")).isEqualTo(1);
        assertThat(database.queryString("SHOW wal_sender_timeout")).isEqualTo("3s");
        assertThat(server.log()).contains("database system was not properly shut down");
    }

    @Test
    void stopSmart_waitsForNoConnectionThatIsKept() throws SQLException {
        database.sql("CREATE TABLE a (id int)");
        database.server().stopSmart();
        database.server().startAgain();
        String process = database.queryString("SELECT pg_backend_pid()");
        assertThat(database.queryString("SELECT pg_backend_pid()")).isEqualTo(process);
        assertThat(database.queryLong("SELECT count(*) FROM a")).isZero();
    }

    @Test
    void restart_afterAlterSystem() throws SQLException {
        database.sql("ALTER SYSTEM SET wal_level = minimal", "ALTER SYSTEM SET max_wal_senders = 0");
        database.server().restart();
        assertThat(database.queryString("SHOW wal_level")).isEqualTo("minimal");
        assertThat(database.server().log()).contains("received fast shutdown request");
    }

    @Test
    void start_copyOfWhatInitdbMade_isAServerOfItsOwn_closesStopped() throws SQLException {
        PostgresServer server = PostgresServer.start(Map.of());
        try (TestDatabase other = TestDatabase.create(server)) {
            String identifier = "SELECT system_identifier FROM pg_control_system()";
            assertThat(other.queryLong(identifier)).isPositive().isNotEqualTo(database.queryLong(identifier));
        }
        server.stopFast();
        server.close();
        assertThatThrownBy(() -> server.connect("postgres")).isInstanceOf(SQLException.class);
        assertThat(server.log()).isEmpty();
    }
}
