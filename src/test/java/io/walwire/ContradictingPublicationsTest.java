package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.lifecycle.State;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Two publications that publish a table with different columns: PostgreSQL decodes none of its changes. */
@ParameterizedClass
@ValueSource(ints = {15, 16, 17, 18})
class ContradictingPublicationsTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    @BeforeEach
    void publications() throws SQLException {
        database.sql(
                "CREATE TABLE \"T t\" (id int PRIMARY KEY, a int, b int)",
                "CREATE PUBLICATION \"One\" FOR TABLE \"T t\" (id, a)",
                "CREATE PUBLICATION two FOR TABLE \"T t\" (id, a)");
    }

    private WalwireBuilder both() {
        return Walwire.builder().url(database.url()).publication("One", "two");
    }

    private static void assertContradiction(ThrowingCallable thrower) {
        assertThatThrownBy(thrower)
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PUBLICATION))
                .hasMessageContainingAll(
                        "\"One\", two",
                        "public.T t with different columns",
                        "ALTER PUBLICATION <the other> DROP TABLE \"public\".\"T t\"",
                        "[PUBLICATION]");
    }

    @Test
    void atStart() throws Exception {
        database.sql("ALTER PUBLICATION two SET TABLE \"T t\" (id, b)");
        assertContradiction(() -> both().start());
        database.sql("ALTER PUBLICATION two SET TABLE \"T t\"");
        assertContradiction(() -> both().start());
    }

    @Test
    void whileStreaming_endsAtOnce() throws Exception {
        Recorder<Event> events = new Recorder<>();
        try (Walwire walwire = both().slotName(database.unique("slot"))
                .handler(on -> on.onTransaction(tx -> events.addAll(tx.events())))
                .start()) {
            database.sql("INSERT INTO \"T t\" VALUES (1, 2, 3)");
            events.await(1);
            database.sql("ALTER PUBLICATION two SET TABLE \"T t\" (id, b)", "INSERT INTO \"T t\" VALUES (4, 5, 6)");
            assertContradiction(walwire::awaitTermination);
            assertThat(walwire.state()).isEqualTo(State.FAILED);
            assertThat(walwire.status().reconnects()).isZero();
        }
        assertThat(events.all()).hasSize(1);
    }

    @Test
    void sameColumns_inAnyOrder_areNone() throws Exception {
        database.sql("ALTER PUBLICATION two SET TABLE \"T t\" (a, id)");
        try (Captured captured = Captured.start(database, "One", "two")) {
            database.sql("INSERT INTO \"T t\" VALUES (1, 2, 3)");
            assertThat(captured.next().get(0).toJson()).contains("\"new_record\":{\"id\":1,\"a\":2}");
        }
    }
}
