package io.walwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every version that Walwire supports can be tested against, all in one JVM. */
class PostgresVersionsTest {
    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void of_everySupportedVersion(int version) throws SQLException {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            assertThat(database.queryString("SHOW server_version")).startsWith(version + ".");
            assertThat(database.queryString("SHOW wal_level")).isEqualTo("logical");
        }
    }
}
