package io.walwire.internal.backfill.run;

import io.walwire.backfill.BackfillProgress;
import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.internal.backfill.ReadAmount;
import io.walwire.internal.text.TableName;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What its user sees of a run: one table, or its partitions together where their changes come under names of their own. */
final class StartedRun implements BackfillRun {
    private static final double NANOS_PER_SECOND = 1e9;

    private final TableName table;
    private final List<TableRun> runs;
    private final Runnable wake;
    private final CompletableFuture<Void> completion;

    /**
     * A run.
     *
     * @param runs at least one
     * @param wake called when something was asked of them
     */
    StartedRun(TableName table, List<TableRun> runs, Runnable wake) {
        this.table = table;
        this.runs = List.copyOf(runs);
        this.wake = wake;
        this.completion =
                CompletableFuture.allOf(runs.stream().map(TableRun::completion).toArray(CompletableFuture[]::new));
    }

    private record Glance(
            BackfillState state,
            long rows,
            long bytes,
            long totalBytes,
            double rowsPerSecond,
            @Nullable Duration timeLeft)
            implements BackfillProgress {}

    @Override
    public String id() {
        return runs.get(0).stored().id();
    }

    @Override
    public String table() {
        return table.toString();
    }

    @Override
    public BackfillProgress progress() {
        ReadAmount all = new ReadAmount(0, 0, 0);
        ReadAmount own = new ReadAmount(0, 0, 0);
        long nanos = 1;
        for (TableRun run : runs) {
            all = all.plus(run.amount());
            own = own.plus(run.ownAmount());
            nanos = Math.max(nanos, run.nanos());
        }
        return new Glance(
                state(),
                all.rows(),
                all.bytes(),
                all.totalBytes(),
                own.rows() * NANOS_PER_SECOND / nanos,
                timeLeft(all, own, nanos));
    }

    private @Nullable Duration timeLeft(ReadAmount all, ReadAmount own, long nanos) {
        if (state() != BackfillState.RUNNING || own.bytes() == 0) {
            return null;
        }
        double left = Math.max(0, all.totalBytes() - all.bytes());
        return Duration.ofNanos((long) (left / own.bytes() * nanos));
    }

    /** The first one that not all of them have left behind. */
    private BackfillState state() {
        List<BackfillState> states =
                runs.stream().map(ShownState::of).distinct().toList();
        List<BackfillState> order = List.of(
                BackfillState.FAILED,
                BackfillState.CANCELLED,
                BackfillState.PAUSED,
                BackfillState.RUNNING,
                BackfillState.WAITING);
        return order.stream().filter(states::contains).findFirst().orElse(BackfillState.DONE);
    }

    @Override
    public void pause() {
        runs.forEach(run -> run.pause(true));
        wake.run();
    }

    @Override
    public void resume() {
        runs.stream().filter(run -> !run.isCancelled()).forEach(run -> run.pause(false));
        wake.run();
    }

    @Override
    public void cancel() {
        runs.forEach(TableRun::cancel);
        wake.run();
    }

    @Override
    public CompletionStage<Void> completion() {
        return completion.copy();
    }

    @Override
    public String toString() {
        return "BackfillRun[" + id() + " of " + table + "]";
    }
}
