package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A publication that was created later than the slot, and than changes that the slot still holds. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 16, 17, 18})
class YoungPublicationTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.walwire");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Recorder<Long> ids = new Recorder<>();
    private String slot = "";

    @BeforeEach
    void publicationAfterSlotAndChange() throws SQLException {
        slot = database.unique("slot");
        database.sql("CREATE TABLE item (id bigint PRIMARY KEY, note text)");
        database.createSlot(slot);
        Items.insert(database, 1);
        database.sql("CREATE PUBLICATION events FOR TABLE item");
        Items.insert(database, 2);
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void detach() {
        logger.detachAppender(log);
    }

    private Walwire start() {
        return Items.reader(database).slotName(slot).handler(Items.ids(ids)).start();
    }

    @Test
    void changesFromBeforeIt_failForGood_orAreLeftOutWithAWarning() throws Exception {
        if (version < 18) {
            assertFails();
            database.query("SELECT pg_replication_slot_advance(?::name, pg_current_wal_lsn())", slot);
            Items.insert(database, 3);
            try (Walwire walwire = start()) {
                assertThat(ids.await(1)).as("behind what was skipped").containsExactly(3L);
                assertThat(walwire.status().lastError()).isNull();
            }
        } else {
            assertLeftOut();
        }
    }

    private void assertFails() {
        // which may be so fast that starting throws it
        assertThatThrownBy(() -> {
                    try (Walwire walwire = start()) {
                        walwire.awaitTermination();
                    }
                })
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PUBLICATION))
                .hasMessageContainingAll(
                        "events did not exist",
                        "Create publications before slots",
                        "pg_replication_slot_advance('" + slot + "', ",
                        "[PUBLICATION 42704]");
        assertThat(ids.all()).isEmpty();
        assertThat(warnings()).noneMatch(line -> line.contains("Trying again"));
    }

    private void assertLeftOut() throws InterruptedException {
        try (Walwire walwire = start()) {
            assertThat(ids.await(1)).containsExactly(2L);
            Eventually.satisfied(Items.LONG, () -> assertThat(warnings())
                    .anySatisfy(line -> assertThat(line).contains("leaves changes out", "\"events\"")));
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    private List<String> warnings() {
        return List.copyOf(log.list).stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }
}
