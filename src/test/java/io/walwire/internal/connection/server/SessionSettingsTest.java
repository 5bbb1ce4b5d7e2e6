package io.walwire.internal.connection.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.walwire.config.Credentials;
import io.walwire.internal.config.HostPort;
import io.walwire.internal.config.Server;
import io.walwire.internal.text.TableName;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionSettingsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private static Database database(TestDatabase database, String user, Map<String, String> driver) {
        HostPort host = new HostPort(database.server().host(), database.server().port());
        Credentials credentials = new Credentials(user, database.password());
        return new Database(new Server(List.of(host), database.name(), credentials, driver), () -> credentials);
    }

    private static String show(Connection connection, String setting) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW " + setting)) {
            row.next();
            return row.getString(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void plainConnection_hasItsOwnSettings_besideOptionsOfTheUser(int version) throws Exception {
        try (TestDatabase old = TestDatabase.create(PostgresServer.of(version))) {
            String role = old.role("LOGIN");
            old.sql(
                    "ALTER ROLE " + role + " SET statement_timeout = '1h'",
                    "ALTER ROLE " + role + " SET lock_timeout = '1ms'",
                    "ALTER ROLE " + role + " SET default_transaction_isolation = serializable",
                    "ALTER ROLE " + role + " SET search_path = public");
            Map<String, String> driver =
                    Map.of("options", "-c work_mem=123kB -c lock_timeout=1ms", "socketTimeout", "6");
            try (Connection connection = database(old, role, driver).open()) {
                assertThat(show(connection, "statement_timeout")).isEqualTo("5s");
                assertThat(show(connection, "lock_timeout")).isEqualTo("3s");
                assertThat(show(connection, "default_transaction_isolation")).isEqualTo("read committed");
                assertThat(show(connection, "search_path")).isEqualTo("pg_catalog,pg_temp");
                assertThat(show(connection, "TimeZone")).isEqualTo("UTC");
                assertThat(show(connection, "work_mem")).isEqualTo("123kB");
            }
            try (Connection connection = database(old, role, driver).openOnRolesPath()) {
                assertThat(show(connection, "search_path")).isEqualTo("public");
            }
        }
    }

    @Test
    void lock_isGivenUpByTheServer_andItsHolderIsNamed() throws Exception {
        database.sql("CREATE TABLE item (id int)");
        TableName table = new TableName("public", "item");
        try (Connection holder = database.connect();
                Statement locking = holder.createStatement();
                Connection waiting = database(database, database.user(), Map.of("socketTimeout", "1"))
                        .open();
                Statement statement = waiting.createStatement()) {
            holder.setAutoCommit(false);
            locking.execute("LOCK TABLE item IN ACCESS EXCLUSIVE MODE");
            SQLException e =
                    catchThrowableOfType(SQLException.class, () -> statement.execute("SELECT FROM public.item"));
            assertThat(e.getSQLState()).isEqualTo("55P03");
            assertThat(ServerErrors.heals(e)).isTrue();
            SQLException named = LockHolders.named(e, waiting, List.of(table), LockHolders.Harmless.OF_WRITERS);
            assertThat(named.getSQLState()).isEqualTo("55P03");
            assertThat((Throwable) named)
                    .hasMessageContaining("Table public.item is locked by PID")
                    .hasMessageContaining("role " + database.user() + ", AccessExclusiveLock, last query began at 20")
                    .hasMessageNotContaining("LOCK TABLE");
            Eventually.until(Duration.ofMinutes(3), () -> database.query(
                            "SELECT 1 FROM pg_locks l WHERE NOT l.granted" + " AND l.relation = 'item'::regclass")
                    .isEmpty());
            holder.rollback();
        }
    }
}
