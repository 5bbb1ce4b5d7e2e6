package io.walwire.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server is asked, and says itself what it cannot decode. */
class ServerRefusalTest {
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void slotThatHoldsAChangeWhichCannotBeDecoded(int version) throws SQLException {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version));
                Connection connection = database.connect()) {
            database.sql(
                    "CREATE TYPE broken",
                    "CREATE FUNCTION broken_in(cstring) RETURNS broken LANGUAGE internal IMMUTABLE STRICT AS 'textin'",
                    "CREATE FUNCTION broken_out(broken) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'array_out'",
                    "CREATE TYPE broken (INPUT = broken_in, OUTPUT = broken_out)",
                    "CREATE TABLE t (id int, broken broken)",
                    "CREATE PUBLICATION p FOR TABLE t");
            String slot = database.unique("asked");
            database.createSlot(slot);
            database.sql("INSERT INTO t VALUES (1, NULL)");
            assertThat(ServerRefusal.of(connection, slot, "p")).isNull();
            database.sql("INSERT INTO t VALUES (2, 'AAAAAAAAAAAAAAAA')");
            assertThat(ServerRefusal.of(connection, slot, "p")).startsWith("cache lookup failed for type");
        }
    }
}
