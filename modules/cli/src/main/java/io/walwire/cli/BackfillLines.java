package io.walwire.cli;

import io.walwire.Walwire;
import io.walwire.backfill.BackfillProgress;
import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.cli.pretty.Amounts;
import io.walwire.cli.pretty.ProgressBar;
import io.walwire.event.BackfilledEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Says on standard error which existing rows are read: how far that is, every few seconds, when a table is done, and what is not done at the
 * end.
 */
final class BackfillLines implements EventHandler {
    /** Rates are shown from this many rows on. For fewer rows the preparation takes longer than the reading. */
    private static final long MEASURED_ROWS = 10_000;

    private static final int SECONDS = 5;

    private final PrintStream err;
    private final boolean isDurable;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable Walwire walwire;

    /**
     * Lines.
     *
     * @param isDurable whether what is not read now is read by the next command that has the slot
     */
    BackfillLines(PrintStream err, boolean isDurable) {
        this.err = err;
        this.isDurable = isDurable;
    }

    @Override
    public void define(Handlers on) {
        on.allTables().onBackfilled(this::done);
    }

    /** The instance whose runs these are. */
    void of(Walwire running) {
        walwire = running;
        Thread thread = new Thread(this::sayHowFar, "walwire-backfill-lines");
        thread.setDaemon(true);
        thread.start();
    }

    private void sayHowFar() {
        try {
            while (!ended.await(SECONDS, TimeUnit.SECONDS)) {
                for (BackfillRun run : runs()) {
                    BackfillProgress progress = run.progress();
                    if (progress.state() == BackfillState.RUNNING) {
                        ProgressBar pace = ProgressBar.of(progress);
                        err.println(TerminalText.line(
                                "reading " + run.table() + "  " + pace.line(pace.shareOf(progress.totalBytes()))));
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<BackfillRun> runs() {
        Walwire running = walwire;
        return running == null ? List.of() : running.backfills();
    }

    /** Whether rows are being read, or will be read without further action. */
    boolean isReading() {
        return runs().stream()
                .map(run -> run.progress().state())
                .anyMatch(state -> state == BackfillState.WAITING || state == BackfillState.RUNNING);
    }

    private void done(BackfilledEvent event) {
        String table = event.source().qualifiedTable();
        String amount = runs().stream()
                .filter(run -> run.id().equals(event.run()))
                .findFirst()
                .map(run -> ": " + amount(run.progress()))
                .orElse("");
        err.println(TerminalText.line("existing rows of " + table + " are read" + amount));
    }

    private static String amount(BackfillProgress progress) {
        String read = Amounts.rows(progress.rows()) + ", " + Amounts.bytes(progress.bytes());
        return progress.rows() < MEASURED_ROWS
                ? read
                : read + ", " + Amounts.count(Math.round(progress.rowsPerSecond())) + " rows a second";
    }

    /** Says what is not done, after the instance has ended. */
    void end() {
        ended.countDown();
        for (BackfillRun run : runs()) {
            err.println(TerminalText.line("existing rows of " + run.table() + " are not read to the end: "
                    + Amounts.rows(run.progress().rows()) + " so far. "
                    + (isDurable
                            ? "The next command with the same slot goes on."
                            : "The slot is temporary, so the next start begins again.")));
        }
    }
}
