package io.walwire.internal.backfill.run;

import io.walwire.backfill.Backfill;
import io.walwire.backfill.BackfillRun;
import io.walwire.internal.backfill.TableRequest;
import io.walwire.internal.text.TableName;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a user asks for. */
final class RequestedBackfill implements Backfill {
    private final Backfills runs;
    private final TableName table;
    private @Nullable String where;
    private @Nullable List<String> handlers;

    RequestedBackfill(Backfills runs, TableName table) {
        this.runs = runs;
        this.table = table;
    }

    @Override
    public Backfill where(String condition) {
        where = Objects.requireNonNull(condition, "condition");
        return this;
    }

    @Override
    public Backfill handlers(String... names) {
        handlers = List.of(names);
        return this;
    }

    @Override
    public BackfillRun start() {
        return runs.start(new TableRequest(table, where), handlers);
    }
}
