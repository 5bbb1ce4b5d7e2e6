package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An instance that stands by while another one streams gives its own handlers the gaps of that time. */
class StandbyGapTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(17));

    private final Recorder<Gap> gaps = new Recorder<>();
    private final Recorder<Long> ids = new Recorder<>();
    private final NotedGap noted = new NotedGap(database);
    private String slot = "";

    @BeforeEach
    void tables() throws SQLException {
        slot = noted.createSlot();
    }

    @AfterEach
    void removeNote() throws SQLException {
        noted.remove();
    }

    private Walwire recorded(WalwireBuilder builder) {
        return builder.name("recorded")
                .slotName(slot)
                .handler(Items.ids(ids))
                .handler(on -> on.onGap(event -> gaps.add(event.gap())))
                .start();
    }

    private void terminateWalsender() throws SQLException {
        database.query(
                "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = ?", slot);
    }

    private Gap gapBeforeTheNextRow(long id) throws Exception {
        Items.insert(database, id);
        Eventually.until(Items.LONG, () -> ids.all().contains(id));
        assertThat(gaps.all()).hasSize(1);
        Eventually.until(Items.LONG, () -> !noted.isThere());
        return gaps.all().get(0);
    }

    @Test
    void slotDropped_whileStandingBy_isAGap() throws Exception {
        Link holderLink = new Link(database);
        Link link = new Link(database);
        try (Walwire holder = holderLink.reader(database).slotName(slot).start();
                Walwire standby = recorded(link.reader(database))) {
            assertThat(standby.state()).isEqualTo(State.STANDBY);
            Gate heldHolder = holderLink.hold();
            Gate held = link.hold();
            terminateWalsender();
            Eventually.until(Items.LONG, this::isFree);
            database.query("SELECT pg_drop_replication_slot(?)", slot);
            Items.insert(database, 1);
            held.open();
            assertThat(standby.awaitStreaming(Items.LONG)).isTrue();
            assertThat(gapBeforeTheNextRow(2).reason()).contains("was gone and was recreated");
            heldHolder.open();
            assertThat(holder.state().isFinal()).isFalse();
        }
        assertThat(ids.all()).containsExactly(2L);
    }

    private boolean isFree() throws SQLException {
        return database.slot(slot).orElseThrow().activePid() == null;
    }

    @Test
    void gapNoted_whileStandingBy_isGivenToItsHandlers() throws Exception {
        Walwire holder = Items.reader(database).slotName(slot).start();
        try (holder;
                Walwire standby = recorded(Items.reader(database))) {
            assertThat(standby.state()).isEqualTo(State.STANDBY);
            noted.write();
            holder.close();
            assertThat(standby.awaitStreaming(Items.LONG)).isTrue();
            assertThat(gapBeforeTheNextRow(1).from()).isEqualTo(Lsn.parse("0/1000000"));
        }
    }

    /** It has streamed before, and another instance had the slot meanwhile. */
    @Test
    void gapNoted_whileStandingByAgain_isGivenToItsHandlers() throws Exception {
        Link link = new Link(database);
        try (Walwire first = recorded(link.reader(database))) {
            Walwire other = Items.reader(database).slotName(slot).name("other").start();
            try (other) {
                Gate held = link.hold();
                terminateWalsender();
                assertThat(other.awaitStreaming(Items.LONG)).isTrue();
                held.open();
                Eventually.until(Items.LONG, () -> first.state() == State.STANDBY);
                noted.write();
            }
            assertThat(first.awaitStreaming(Items.LONG)).isTrue();
            gapBeforeTheNextRow(1);
        }
    }
}
