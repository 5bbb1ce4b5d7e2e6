package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code walwire.protocol}, {@code walwire.streaming} and {@code walwire.two-phase} on servers that differ. */
class ProtocolTest {
    @ParameterizedTest
    @CsvSource({
        "14, walwire.protocol, 3, walwire.protocol=3 needs 15 or later, Set walwire.protocol=2",
        "15, walwire.protocol, 4, walwire.protocol=4 needs 16 or later, Set walwire.protocol=3",
        "14, walwire.two-phase, true, walwire.two-phase=true needs 15 or later, Set walwire.two-phase=false",
        "15, walwire.streaming, parallel, walwire.streaming=parallel needs 16 or later, Set walwire.streaming=on"
    })
    void start_serverTooOld(int version, String key, String value, String complaint, String advice) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            Items.create(database);
            String slot = database.unique("slot");
            StartErrorsTest.assertRefused(
                    Items.reader(database).slotName(slot).set(key, value),
                    ErrorCode.SERVER,
                    database.name() + "@localhost",
                    "is PostgreSQL " + version,
                    complaint,
                    advice);
            assertThat(database.slot(slot)).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "14, auto, off",
        "14, 1, off",
        "14, 2, on",
        "15, auto, on",
        "15, 3, off",
        "16, auto, parallel",
        "16, 2, off",
        "17, 4, on",
        "18, 1, off",
        "18, auto, parallel"
    })
    void start_whatTheServerOffers(int version, String protocol, String streaming) throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            Items.create(database);
            try (Walwire walwire = Items.reader(database)
                    .set("walwire.protocol", protocol)
                    .set("walwire.streaming", streaming)
                    .handler(Items.ids(ids))
                    .start()) {
                Items.insert(database, 1, 2);
                assertThat(ids.await(2)).containsExactly(1L, 2L);
                assertThat(walwire.state().isFinal()).isFalse();
            }
        }
    }
}
