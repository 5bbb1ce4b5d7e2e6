package io.walwire;

import io.walwire.config.Credentials;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application hears of an instance of the trigger source that fails. */
class TriggerFailureTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @Test
    void durable_handlerThrows_oneErrorWithCausePositionAndWayOn_oneCall() throws Exception {
        Items.create(database);
        FailureHeardTest.requireOneErrorAndOneCall(database, Outboxes.durable(database));
    }

    /** The reader waits for a notification, or looks again and again. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readerIsEndedByAnAdministrator_theServersWordsAreShown(boolean notifies) throws Exception {
        requireWordsOfAnAdministrator(database, Map.of("walwire.triggers.notify", Boolean.toString(notifies)));
    }

    @Test
    void encryptedReaderIsEndedByAnAdministrator_theServersWordsAreShown(@TempDir Path folder) throws Exception {
        try (PostgresServer server = PostgresServer.start(Map.of());
                TestDatabase encrypted = TestDatabase.create(server)) {
            TlsTest.switchOn(encrypted, folder);
            requireWordsOfAnAdministrator(encrypted, Map.of("walwire.ssl.mode", "require"));
        }
    }

    private static void requireWordsOfAnAdministrator(TestDatabase of, Map<String, String> settings) throws Exception {
        Items.create(of);
        WalwireBuilder reader = Outboxes.managed(Walwire.builder()
                        .url("postgresql://" + of.server().host() + ":"
                                + of.server().port() + "/" + of.name()))
                .subscriptions("item");
        settings.forEach(reader::set);
        BesideTheStreamTest.requireWordsOfAnAdministrator(
                reader, new Credentials(of.user(), of.password()), () -> of.query(
                                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                                        + " WHERE datname = current_database() AND application_name LIKE 'walwire%'")
                        .size());
    }
}
