package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
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
    private final Recorder<String> order = new Recorder<>();
    private final Recorder<Gap> gaps = new Recorder<>();
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
        return Items.reader(database)
                .slotName(slot)
                .handler(Items.ids(ids))
                .handler(on -> on.onGap(event -> gaps.add(event.gap())))
                .start();
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

    private void assertLeftOut() throws Exception {
        Position confirmed = Items.confirmed(database, slot);
        try (Walwire walwire = start()) {
            assertThat(ids.await(1)).containsExactly(2L);
            assertGap(gaps.await(1).get(0), confirmed);
            assertThat(warnings())
                    .anySatisfy(line -> assertThat(line).contains("leaves changes out", "\"events\""))
                    .anySatisfy(line -> assertThat(line).contains("Changes are missing between"));
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    private void assertGap(Gap gap, @Nullable Position confirmed) throws SQLException {
        assertThat(gap.from()).isEqualTo(confirmed);
        assertThat(gap.to())
                .isGreaterThan(confirmed)
                .isLessThanOrEqualTo(Lsn.parse(database.queryString("SELECT pg_current_wal_lsn()::text")));
        assertThat(gap.reason()).contains("events was dropped and created again");
    }

    /** The server warns when it decodes the change, and gives its next position when it has decoded what lies behind it. */
    @Test
    void leftOutBeforeALotThatIsNotPublished_gapEndsBehindTheChange() throws Exception {
        Assumptions.assumeTrue(version >= 18, "leaves changes out");
        database.query("SELECT pg_replication_slot_advance(?::name, pg_current_wal_lsn())", slot);
        Position confirmed = Items.confirmed(database, slot);
        database.sql("DROP PUBLICATION events");
        Items.insert(database, 3);
        Lsn change = Lsn.parse(database.queryString("SELECT pg_current_wal_lsn()::text"));
        database.sql("CREATE PUBLICATION events FOR TABLE item");
        database.sql("CREATE TABLE other (id bigint)");
        database.sql("INSERT INTO other SELECT generate_series(1, 500000)");
        try (Walwire walwire = start()) {
            Gap gap = gaps.await(1).get(0);
            assertThat(gap.from()).isEqualTo(confirmed);
            assertThat(gap.to()).isGreaterThanOrEqualTo(change);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(gaps.all()).hasSize(1);
    }

    /** The gap comes before what was committed after it, and again until handlers know of it. */
    @Test
    void droppedAndCreatedAgain_inTheBacklog_gapStandsInItsPlace_againUntilItIsHandled() throws Exception {
        Assumptions.assumeTrue(version >= 18, "leaves changes out");
        database.query("SELECT pg_replication_slot_advance(?::name, pg_current_wal_lsn())", slot);
        Items.insert(database, 3, 4);
        database.sql("DROP PUBLICATION events");
        Items.insert(database, 5, 6);
        database.sql("CREATE PUBLICATION events FOR TABLE item");
        Items.insert(database, 7, 8);
        AtomicBoolean fails = new AtomicBoolean(true);
        EventHandler inOrder = on -> {
            on.table("item").onInsert(event -> order.add(String.valueOf(Items.id(event))));
            on.onGap(gap -> {
                if (fails.get()) {
                    throw new IllegalStateException("not yet");
                }
                order.add("gap");
            });
        };
        WalwireBuilder reader = Items.reader(database).slotName(slot).handler(inOrder);
        assertThatThrownBy(() -> {
                    try (Walwire walwire =
                            reader.failurePolicy(FailurePolicy.stop()).start()) {
                        walwire.awaitTermination();
                    }
                })
                .isInstanceOf(WalwireException.class);
        assertThat(order.all()).containsExactly("3", "4");
        fails.set(false);
        try (Walwire walwire =
                Items.reader(database).slotName(slot).handler(inOrder).start()) {
            assertThat(order.await(5)).containsExactly("3", "4", "gap", "7", "8");
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    @Test
    void doctor_seesTheSlotBeforeThePublication_andItsSqlHelps() throws Exception {
        Finding found = finding().orElseThrow();
        assertThat(found.where()).isEqualTo("slot \"" + slot + "\"");
        assertThat(found.severity()).isEqualTo(version < 18 ? Severity.ERROR : Severity.WARNING);
        if (version < 18) {
            database.sql(Objects.requireNonNull(found.sql()));
        } else {
            assertThat(found.sql()).isNull();
            try (Walwire walwire = start()) {
                assertThat(ids.await(1)).containsExactly(2L);
                assertThat(gaps.all()).hasSize(1);
                assertThat(walwire.status().lastError()).isNull();
            }
        }
        assertThat(finding()).isEmpty();
    }

    private Optional<Finding> finding() {
        return Items.reader(database).slotName(slot).check().stream()
                .filter(finding -> finding.what().contains("older than publication"))
                .findFirst();
    }

    private List<String> warnings() {
        return List.copyOf(log.list).stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }
}
