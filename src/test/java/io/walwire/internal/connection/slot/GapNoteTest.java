package io.walwire.internal.connection.slot;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import io.walwire.event.Lsn;
import io.walwire.internal.config.HostPort;
import io.walwire.internal.config.Server;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.connection.server.TransactionAge;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class GapNoteTest {
    private static final Lsn FROM = Lsn.parse("0/1000000");

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private Database database() {
        HostPort host = new HostPort(database.server().host(), database.server().port());
        Credentials credentials = new Credentials(database.user(), database.password());
        return new Database(new Server(List.of(host), database.name(), credentials, Map.of()), () -> credentials);
    }

    private static int backend(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    void writeAndErase_onAConnectionThatWasLost_useANewOne() throws Exception {
        String slot = database.unique("s");
        try (SharedConnection shared = new SharedConnection(database());
                Connection plain = database.connect()) {
            database.query("SELECT pg_terminate_backend(?, 10000)", shared.ask(GapNoteTest::backend));
            GapNote.write(shared, slot, FROM);
            assertThat(GapNote.find(plain, slot)).map(GapNote::from).contains(FROM);
            database.query("SELECT pg_terminate_backend(?, 10000)", shared.ask(GapNoteTest::backend));
            GapNote.erase(shared, slot, () -> false);
            assertThat(GapNote.find(plain, slot)).isPresent();
            GapNote.erase(shared, slot, () -> true);
            assertThat(GapNote.find(plain, slot)).isEmpty();
        }
    }

    @Test
    void ageOfAFrozenRow_isNeverNegative() throws Exception {
        // a frozen row keeps the number of a transaction that seems to be one of the future
        String frozen = "(((pg_catalog.pg_current_xact_id()::text::int8 + 1000) % 4294967296)::text::xid)";
        assertThat(database.query("SELECT pg_catalog.age(" + frozen + ") AS age")
                        .get(0)
                        .get("age"))
                .isInstanceOfSatisfying(Integer.class, age -> assertThat(age).isNegative());
        assertThat(database.query("SELECT " + TransactionAge.of(frozen) + " AS age")
                        .get(0)
                        .get("age"))
                .isEqualTo(Integer.MAX_VALUE);
        assertThat(database.query("SELECT " + TransactionAge.of("pg_catalog.pg_current_xact_id()::xid") + " AS age")
                        .get(0)
                        .get("age"))
                .isEqualTo(0);
    }
}
