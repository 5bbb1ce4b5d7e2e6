package io.walwire.internal.backfill.run;

import io.walwire.backfill.BackfillProgress;
import io.walwire.listener.ObservedBackfill;
import java.util.List;

/** A run as listeners see it. */
record ObservedRun(String schema, String table, BackfillProgress progress) implements ObservedBackfill {
    static ObservedRun of(TableRun run, RunList runs) {
        return new ObservedRun(
                run.table().schema(),
                run.table().table(),
                new StartedRun(run.table(), List.of(run), runs::wake).progress());
    }
}
