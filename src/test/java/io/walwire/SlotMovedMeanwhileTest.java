package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A slot that somebody moves on after an instance has looked at it, and before its stream holds it. */
class SlotMovedMeanwhileTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.on(PostgresServer::shared);

    private final Recorder<Long> ids = new Recorder<>();
    private final Recorder<Gap> gaps = new Recorder<>();
    private final AtomicBoolean moves = new AtomicBoolean();
    private volatile Lsn lost = Lsn.ZERO;
    private String slot = "";

    @BeforeEach
    void slot() throws SQLException {
        slot = database.unique("s");
        Items.create(database);
        database.createSlot(slot);
    }

    @Test
    void movedBeforeAReconnectsStream_isAGap() throws Exception {
        try (Walwire walwire = Walwire.builder()
                .url("postgresql://" + database.server().host() + ":"
                        + database.server().port() + "/" + database.name())
                .credentials(this::credentials)
                .publication("events")
                .slotName(slot)
                .handler(Items.ids(ids))
                .handler(on -> on.onGap(event -> gaps.add(event.gap())))
                .start()) {
            Items.insert(database, 1);
            ids.await(1);
            moves.set(true);
            database.terminateWalsenders();
            Gap gap = gaps.await(1).get(0);
            assertThat(gap.from()).isLessThan(lost);
            assertThat(gap.to()).isGreaterThanOrEqualTo(lost);
            assertThat(gap.reason()).contains("moved on");
            Items.insert(database, 3);
            assertThat(ids.await(2)).containsExactly(1L, 3L);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(gaps.all()).hasSize(1);
        }
    }

    /** Walwire asks when it connects: for the replication connection, it has looked at the slot. */
    private Credentials credentials() {
        boolean streams = Arrays.stream(Thread.currentThread().getStackTrace())
                .anyMatch(frame -> frame.getClassName().endsWith("ReplicationOpener"));
        if (streams && moves.compareAndSet(true, false)) {
            try {
                Items.insert(database, 2);
                lost = Lsn.parse(database.queryString("SELECT pg_current_wal_lsn()::text"));
                database.query("SELECT pg_replication_slot_advance(?::name, pg_current_wal_lsn())", slot);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
        return new Credentials(database.user(), database.password());
    }
}
