package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.config.Credentials;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.lifecycle.State;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What trying again does not mend ends a running instance, with an error that says what does. */
class BrokenForGoodTest {
    static void assertFails(Walwire walwire, ErrorCode code, String... parts) {
        assertThatThrownBy(() -> walwire.completion().toCompletableFuture().get(180, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(WalwireException.class, failure -> {
                    assertThat(failure.code()).isEqualTo(code);
                    assertThat(failure)
                            .hasMessageContainingAll(parts)
                            .message()
                            .doesNotContain("\n")
                            .contains("[" + code);
                    assertThat(walwire.status().lastError()).isEqualTo(failure.getMessage());
                });
        assertThat(walwire.state()).isEqualTo(State.FAILED);
        assertThatThrownBy(walwire::awaitTermination)
                .isInstanceOfSatisfying(WalwireException.class, failure -> assertThat(failure.code())
                        .isEqualTo(code));
        assertThatThrownBy(() -> walwire.awaitStreaming(Duration.ZERO)).isInstanceOf(WalwireException.class);
    }

    @Test
    void durableSlotDroppedWhileDisconnected() throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            Items.create(database);
            String slot = database.unique("dropped");
            Link link = new Link(database);
            try (Walwire walwire = link.reader(database).slotName(slot).start()) {
                Gate away = link.hold();
                database.terminateWalsenders();
                away.awaitReached();
                database.query("SELECT pg_drop_replication_slot(?)", slot);
                away.open();
                assertFails(
                        walwire, ErrorCode.SLOT, "\"" + slot + "\" on " + database.name(), "is gone", "Start again");
            }
        }
    }

    /** Version 14 ends the stream with an error; 18 leaves the changes out, and says so to whoever listens. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void publicationDroppedWhileStreaming(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            Items.create(database);
            Recorder<Long> ids = new Recorder<>();
            try (Walwire walwire = Items.reader(database)
                    .slotName(database.unique("unpublished"))
                    .handler(Items.ids(ids))
                    .start()) {
                Items.insert(database, 1);
                ids.await(1);
                database.sql("DROP PUBLICATION events");
                Items.insert(database, 2);
                assertFails(
                        walwire,
                        ErrorCode.PUBLICATION,
                        "\"events\" does not exist on " + database.name(),
                        "CREATE PUBLICATION");
            }
            assertThat(ids.all()).containsExactly(1L);
        }
    }

    @Test
    void passwordChanged_wrongAtReconnect() throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.shared())) {
            Items.create(database);
            String role = database.role("LOGIN REPLICATION PASSWORD 'right'");
            database.server().requirePassword(role);
            Link link = new Link(new Credentials(role, "right"));
            try (Walwire walwire =
                    link.reader(database).slotName(database.unique("password")).start()) {
                link.change(new Credentials(role, "hunter2-secret"));
                database.terminateWalsenders();
                assertFails(walwire, ErrorCode.AUTHENTICATION, role, "28P01");
                assertThat(walwire.status().lastError()).doesNotContain("hunter2-secret");
            }
        }
    }
}
