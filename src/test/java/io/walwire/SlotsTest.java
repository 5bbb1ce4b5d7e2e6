package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which slot an instance uses, and what is left of it. */
class SlotsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
    }

    @Test
    void temporarySlot_goneAfterClose() throws SQLException {
        String slot;
        try (Walwire walwire = Items.reader(database).start()) {
            slot = Objects.requireNonNull(walwire.status().slot());
            assertThat(database.slot(slot))
                    .hasValueSatisfying(found -> assertThat(found.temporary()).isTrue());
        }
        Eventually.until(Items.LONG, () -> database.slot(slot).isEmpty());
    }

    @Test
    void namedTemporarySlot_goneAfterClose() throws SQLException {
        String slot = database.unique("passing");
        try (Walwire walwire =
                Items.reader(database).slotName(slot).slotDurable(false).start()) {
            assertThat(walwire.status().slot()).isEqualTo(slot);
            assertThat(database.slot(slot))
                    .hasValueSatisfying(found -> assertThat(found.temporary()).isTrue());
        }
        Eventually.until(Items.LONG, () -> database.slot(slot).isEmpty());
    }

    @Test
    void durableSlot_staysAfterClose() throws SQLException {
        String slot = database.unique("stays");
        Items.reader(database).slotName(slot).start().close();
        assertThat(database.slot(slot)).hasValueSatisfying(found -> {
            assertThat(found.temporary()).isFalse();
            assertThat(found.active()).isFalse();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"1abc", "select", "_", "a234567890b234567890c234567890d234567890e234567890f234567890g23"})
    void oddNames_stream(String slot) throws Exception {
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire =
                Items.reader(database).slotName(slot).handler(Items.ids(ids)).start()) {
            Items.insert(database, 1);
            assertThat(ids.await(1)).containsExactly(1L);
            assertThat(walwire.status().slot()).isEqualTo(slot);
        }
        assertThat(database.slot(slot)).isPresent();
    }

    @Test
    void temporaryNames_distinctPerInstance() throws Exception {
        Recorder<Long> first = new Recorder<>();
        Recorder<Long> second = new Recorder<>();
        try (Walwire one = Items.reader(database).handler(Items.ids(first)).start();
                Walwire two = Items.reader(database).handler(Items.ids(second)).start()) {
            assertThat(one.status().slot()).isNotEqualTo(two.status().slot()).startsWith("walwire_");
            Items.insert(database, 7);
            assertThat(first.await(1)).containsExactly(7L);
            assertThat(second.await(1)).containsExactly(7L);
        }
    }

    @Test
    void durableSlot_restartContinuesWhereConfirmed() throws Exception {
        String slot = database.unique("continues");
        Recorder<Long> ids = new Recorder<>();
        WalwireBuilder reader = Items.reader(database).slotName(slot).handler(Items.ids(ids));
        try (Walwire walwire = reader.start()) {
            assertThat(walwire.status().slot()).isEqualTo(slot);
            Items.insert(database, 1, 2, 3);
            ids.await(3);
        }
        Items.insert(database, 4, 5);
        try (Walwire walwire = reader.start()) {
            ids.await(5);
            Items.insert(database, 6);
            assertThat(ids.await(6)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
            assertThat(walwire.status().transactions()).isLessThanOrEqualTo(3);
        }
        assertThat(ids.all()).as("nothing twice after clean closes").hasSize(6);
    }
}
