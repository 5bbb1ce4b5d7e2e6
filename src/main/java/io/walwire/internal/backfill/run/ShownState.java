package io.walwire.internal.backfill.run;

import io.walwire.backfill.BackfillState;
import io.walwire.internal.backfill.TableReading;

/** What users see of the state of a run. */
final class ShownState {
    private ShownState() {}

    static BackfillState of(TableRun run) {
        if (run.phase() == TableRun.Phase.ENDED) {
            return switch (run.stored().state()) {
                case DONE -> BackfillState.DONE;
                case CANCELLED -> BackfillState.CANCELLED;
                default -> BackfillState.FAILED;
            };
        }
        TableReading running = run.backfill();
        if (run.wish().isPaused()) {
            return BackfillState.PAUSED;
        }
        return running == null || !running.hasBegun() ? BackfillState.WAITING : BackfillState.RUNNING;
    }
}
