package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.backfill.BackfillRun;
import io.walwire.error.ConfigurationException;
import io.walwire.testing.TestDatabase;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Existing rows of a table whose triggers do not work for some time. */
class TriggerSwitchedOffTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws Exception {
        ExistingItems.create(database);
    }

    /** The stream misses an update of rows that were read, and no later look shows that a trigger did not work. */
    @Test
    void triggersSwitchedOffAndOn_duringTheRun_beginsAgain() throws Exception {
        leaveRoom();
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch updated = new CountDownLatch(1);
        TableCopy copy = new TableCopy("item", () -> {
            reading.countDown();
            TriggerBackfillTest.await(updated);
        });
        try (Walwire walwire = TriggerBackfillTest.small(Outboxes.temporary(database))
                .handler(copy)
                .start()) {
            BackfillRun run = walwire.backfill("item").start();
            TriggerBackfillTest.await(reading);
            updateUnseen();
            updated.countDown();
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    @Test
    void triggersSwitchedOffAndOn_whileNoInstanceRuns_beginsAgain() throws Exception {
        leaveRoom();
        ExistingItems.createProgress(database);
        TableCopy copy = new TableCopy("item");
        String id = TriggerBackfillTest.closedInTheMiddle(database, copy);
        updateUnseen();
        try (Walwire walwire = TriggerBackfillTest.small(Outboxes.durable(database))
                .handler(copy)
                .start()) {
            ExistingItems.awaitState(database, id, "done");
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    /** Rows stay in their blocks when they are updated: those that are not read yet do not show it. */
    private void leaveRoom() throws Exception {
        database.sql("ALTER TABLE item SET (fillfactor = 40)", "VACUUM FULL item");
    }

    private void updateUnseen() throws Exception {
        database.inTransaction(
                "ALTER TABLE item DISABLE TRIGGER USER",
                "UPDATE item SET v = 9",
                "ALTER TABLE item ENABLE TRIGGER USER");
    }

    /** Changes of one kind would be missing. */
    @ParameterizedTest
    @ValueSource(strings = {"_i", "_u", "_d", "_t"})
    void oneTriggerSwitchedOff_isRefused(String kind) throws Exception {
        try (Walwire walwire = Outboxes.temporary(database)
                .handler(on -> on.table("item").onReads(rows -> {}))
                .start()) {
            String name = database.queryString("SELECT tgname FROM pg_trigger WHERE tgrelid = 'item'::regclass"
                    + " AND right(tgname, 2) = '" + kind + "'");
            database.sql("ALTER TABLE item DISABLE TRIGGER \"" + name + "\"");
            assertThatThrownBy(() -> walwire.backfill("item").start())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("no triggers of application walwire that work", "triggers install");
        }
    }
}
