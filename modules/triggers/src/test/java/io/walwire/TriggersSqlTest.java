package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.text.TablePattern;
import io.walwire.internal.triggers.OutboxNames;
import io.walwire.internal.triggers.Pooler;
import io.walwire.internal.triggers.TriggerUpkeep;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code modules/triggers/sql/triggers.sql} is what install does; {@code -Dwalwire.docs.update=true} writes it again. */
class TriggersSqlTest {
    private static final Path FILE = Path.of("modules/triggers/sql/triggers.sql");
    private static final String HEADER = """
            -- The objects of walwire.source=triggers, as bin/walwire triggers install makes them for the application "walwire"
            -- (walwire.name) in the schema "walwire" (walwire.triggers.schema), and for the table public.users. For your own tables
            -- and names, and for a migration tool, print it:
            --
            --   bin/walwire triggers sql --url postgresql://owner@localhost/shop --subscriptions users,orders --grant reader

            """;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @Test
    void file_isWhatInstallDoes() throws Exception {
        database.sql("CREATE TABLE users (id bigint PRIMARY KEY)");
        TriggerUpkeep upkeep = new TriggerUpkeep(
                new OutboxNames("walwire", "walwire"),
                new TriggerUpkeep.Options(false, true, Duration.ofSeconds(3)),
                new Pooler("here", false));
        String script;
        try (Connection connection = database.connect()) {
            List<TablePattern> users = List.of(TablePattern.parse("users"));
            script = HEADER + upkeep.script(connection, users, Set.of());
            database.sql(script);
            assertThat(upkeep.missing(connection, users, Set.of())).isEmpty();
        }
        if (Boolean.getBoolean("walwire.docs.update")) {
            Files.writeString(FILE, script);
        }
        assertThat(Files.readString(FILE)).isEqualTo(script);
    }

    @Test
    void file_onTheOldestServer_callsNoCodeOfAnotherRole() throws Exception {
        SqlScriptsTest.requirePsql();
        try (TestDatabase oldest = TestDatabase.create(PostgresServer.of(14))) {
            oldest.sql("CREATE TABLE users (id int PRIMARY KEY)");
            ForeignCode foreign = ForeignCode.in(oldest);
            foreign.reset();
            String said = SqlScriptsTest.psql(oldest, "-v", "ON_ERROR_STOP=1", "-f", FILE.toString());
            assertThat(foreign.hasRun()).as(said).isFalse();
        }
    }
}
