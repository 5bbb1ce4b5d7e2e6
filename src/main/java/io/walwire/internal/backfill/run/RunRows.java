package io.walwire.internal.backfill.run;

import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.backfill.PlacedChunk;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.backfill.TableReading;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.transaction.ReadBy;
import io.walwire.internal.transaction.ReadRows;
import io.walwire.internal.transaction.ReadTable;
import io.walwire.internal.transaction.TransactionPart;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What handlers get of runs. Used by the reader thread, between two transactions. */
final class RunRows {
    private final RunSettings settings;
    private final RunContext context;
    private final RunList runs;

    /** Where the last rows were placed, of those that were placed as low as possible. */
    private Lsn last = Lsn.ZERO;

    RunRows(RunSettings settings, RunContext context, RunList runs) {
        this.settings = settings;
        this.context = context;
        this.runs = runs;
    }

    /**
     * Rows of a run that have their place here.
     *
     * @param lowest rows may be placed as low as this; null where the position says how old they are
     * @param between whether there is a position for rows here
     */
    List<PlacedRows> of(TableRun run, Lsn passed, @Nullable Lsn lowest, boolean between) {
        TableReading running = run.backfill();
        if (running == null) {
            return List.of();
        }
        List<PlacedRows> placed = new ArrayList<>();
        if (runs.isWhole(run, running) && run.beginsReport(running)) {
            placed.add(end(run, running, passed));
        }
        List<PlacedChunk> chunks = between ? running.place(passed) : List.of();
        ConfigurationException unheard = chunks.isEmpty() ? null : PlanChecks.unheard(context, run.stored());
        if (unheard != null) {
            runs.fail(run, unheard);
            return List.of();
        }
        for (PlacedChunk chunk : chunks) {
            placed.add(chunk(run, running, chunk, lowest == null ? chunk.at() : lowest(lowest, chunk.horizon())));
        }
        return placed;
    }

    /** After a crash the server gives the highest ids again that no change had. */
    private Lsn lowest(Lsn lowest, Lsn horizon) {
        last = Stream.of(last, lowest, horizon).max(Lsn::compareTo).orElseThrow();
        return last;
    }

    /** Positions may go back. */
    void forget() {
        last = Lsn.ZERO;
    }

    private PlacedRows chunk(TableRun run, TableReading running, PlacedChunk chunk, Lsn at) {
        ReadTable table = run.table(chunk.job().leaf().relation());
        // rows of another file may have other values, without events that say so
        String file = "-" + chunk.readAs();
        ReadRows read = table.rows(by(run, file), at, chunk.rows(), chunk.first());
        TransactionPart part = read.part(table);
        KeptRows kept = kept(run, running, chunk);
        return new PlacedRows(part, read, kept, () -> {
            if (kept == null) {
                running.handled(chunk);
                run.notSaved();
            } else {
                kept.handled();
            }
            settings.readable().handled(run.stored().id(), part);
            runs.wake();
        });
    }

    /** All rows are handled. */
    private PlacedRows end(TableRun run, TableReading running, Lsn passed) {
        int since = run.generation();
        ReadTable table = run.anyTable();
        ReadRows read = table == null ? null : table.rows(by(run, ""), passed, null, 0);
        TransactionPart part = table == null || read == null ? null : read.part(table);
        KeptRows kept = part == null ? null : kept(run, running, null);
        return new PlacedRows(part, read, kept, () -> {
            if (kept != null) {
                kept.handled();
            }
            run.reported(since);
            if (part != null) {
                settings.readable().handled(run.stored().id(), part);
            }
            runs.wake();
        });
    }

    private static ReadBy by(TableRun run, String part) {
        StoredRun stored = run.stored();
        return new ReadBy(stored.id(), stored.reading() + part, stored.handlers());
    }

    private @Nullable KeptRows kept(TableRun run, TableReading running, @Nullable PlacedChunk chunk) {
        return settings.durable() && (settings.progress() != null || settings.groups() != null)
                ? new KeptRows(run, running, chunk, context, settings.groups(), why -> runs.fail(run, explained(why)))
                : null;
    }

    private WalwireException explained(Exception why) {
        return why instanceof SQLException e
                ? ServerErrors.explain(e, "keeping the progress of a backfill", settings.database())
                : EndedRun.explained(why);
    }
}
