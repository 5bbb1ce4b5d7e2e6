package io.walwire.internal.transaction;

import io.walwire.event.Changes;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Lsn;
import io.walwire.event.Row;
import io.walwire.event.SchemaChange;
import io.walwire.event.Source;
import io.walwire.event.Truncate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An event that is of no table: it has no rows, and unless it says otherwise no transaction. */
abstract class TablelessEvent implements Event {
    private final Source source;

    TablelessEvent(String version, String database) {
        this.source = new Source("Walwire", version, database, "", "", Map.of());
    }

    @Override
    public final @Nullable String name() {
        return null;
    }

    @Override
    public final Source source() {
        return source;
    }

    @Override
    public final @Nullable Row key() {
        return null;
    }

    @Override
    public final @Nullable Row newRecord() {
        return null;
    }

    @Override
    public final @Nullable Row oldRecord() {
        return null;
    }

    @Override
    public final @Nullable Changes changes() {
        return null;
    }

    @Override
    public final List<String> unavailable() {
        return List.of();
    }

    @Override
    public final @Nullable Truncate truncate() {
        return null;
    }

    @Override
    public final @Nullable SchemaChange schemaChange() {
        return null;
    }

    @Override
    public @Nullable Gap gap() {
        return null;
    }

    @Override
    public @Nullable LogicalMessage message() {
        return null;
    }

    @Override
    public @Nullable String context() {
        return null;
    }

    @Override
    public @Nullable Instant timestamp() {
        return null;
    }

    @Override
    public long xid() {
        return 0;
    }

    @Override
    public @Nullable Lsn commitLsn() {
        return null;
    }

    @Override
    public @Nullable Lsn endLsn() {
        return null;
    }

    @Override
    public final long index() {
        return 0;
    }

    @Override
    public @Nullable String origin() {
        return null;
    }

    /** This one already holds no more than its own. */
    @Override
    public final Event detach() {
        return this;
    }
}
