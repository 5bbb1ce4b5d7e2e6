package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Processes that end by a signal, or by their own doing. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ShutdownTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private String slot = "";

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
        slot = database.unique("ending");
    }

    private Process application(boolean exits) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        ShutdownProcess.class.getName(),
                        database.url(),
                        slot,
                        slot + "_idle",
                        Boolean.toString(exits))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** A binding of the log may write lines of its own. */
    private static void awaitLine(BufferedReader lines, String wanted) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.equals(wanted)) {
            line = lines.readLine();
        }
        assertThat(line).isEqualTo(wanted);
    }

    private void readAgain(Recorder<Long> ids) throws Exception {
        try (Walwire again =
                Items.reader(database).slotName(slot).handler(Items.ids(ids)).start()) {
            assertThat(again.awaitCurrent(Items.LONG)).isTrue();
        }
    }

    @Test
    void sigterm_transactionInHandIsFinishedAndConfirmed() throws Exception {
        Process process = application(false);
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            awaitLine(lines, "streaming STREAMING STREAMING");
            Items.insert(database, 1);
            awaitLine(lines, "handling");
            process.toHandle().destroy();
            awaitLine(lines, "handled");
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.toHandle().destroyForcibly();
        }
        assertThat(process.exitValue()).isEqualTo(143);
        assertThat(database.slot(slot + "_idle").orElseThrow().activePid()).isNull();
        Recorder<Long> ids = new Recorder<>();
        readAgain(ids);
        assertThat(ids.all()).isEmpty();
    }

    /** Its handler never returns, so nobody waits for it. */
    @Test
    void exitFromAHandler_endsAtOnce_transactionComesAgain() throws Exception {
        Process process = application(true);
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            awaitLine(lines, "streaming STREAMING STREAMING");
            Items.insert(database, 1);
            awaitLine(lines, "handling");
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.toHandle().destroyForcibly();
        }
        assertThat(process.exitValue()).isEqualTo(3);
        Recorder<Long> ids = new Recorder<>();
        readAgain(ids);
        assertThat(ids.all()).containsExactly(1L);
    }

    /** What is closed is closed: the hook has gone with it, and another instance may follow. */
    @Test
    void closedByItsOwner_mayBeStartedAgain() throws Exception {
        WalwireBuilder builder = Items.reader(database).slotName(slot).closeOnShutdown();
        for (int i = 0; i < 2; i++) {
            try (Walwire walwire = builder.start()) {
                assertThat(walwire.awaitStreaming(Items.LONG)).isTrue();
            }
        }
    }

    private void awaitHalfMadeSlot() {
        Eventually.until(
                Items.LONG,
                () -> database.queryLong(
                                "SELECT count(*) FROM pg_replication_slots WHERE slot_name = ? AND confirmed_flush_lsn IS NULL",
                                slot)
                        == 1);
    }

    private void awaitNothingLeft() {
        Eventually.until(
                Items.LONG,
                () -> database.queryLong("SELECT count(*) FROM pg_replication_slots WHERE slot_name = ?", slot) == 0
                        && database.queryLong("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                        + " AND backend_type = 'walsender'")
                                == 0);
    }

    /** The server makes a slot when all transactions have ended that run at the moment. */
    @Test
    void commandLine_sigtermWhileTheSlotIsMade_exits0_leavesNothing() throws Exception {
        try (Connection open = database.connect();
                TailProcess tail = starting(open)) {
            assertThat(tail.terminate()).isZero();
            assertThat(tail.logged()).noneMatch(line -> line.contains("walwire:"));
            awaitNothingLeft();
        }
    }

    @Test
    void commandLine_killedWhileTheSlotIsMade_serverGivesUp() throws Exception {
        try (Connection open = database.connect();
                TailProcess tail = starting(open)) {
            tail.kill();
            awaitNothingLeft();
        }
    }

    private TailProcess starting(Connection open) throws Exception {
        open.setAutoCommit(false);
        open.createStatement().execute("INSERT INTO unpublished VALUES ('open')");
        TailProcess tail = new TailProcess(database, slot);
        awaitHalfMadeSlot();
        return tail;
    }
}
