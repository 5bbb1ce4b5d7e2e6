package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.event.ReadEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a {@link BareTable}, as the documents say how to make one: rows that were read with a higher position than those before
 * replace all, and what comes again after a restart is left out.
 */
final class BareCopy implements EventHandler {
    private final Map<String, Long> rows = new TreeMap<>();
    private final Set<EventId> ids = new HashSet<>();
    private final Set<EventId> changes = new HashSet<>();
    private final Runnable afterRead;
    final AtomicInteger reads = new AtomicInteger();
    final AtomicInteger readings = new AtomicInteger();
    final AtomicInteger ends = new AtomicInteger();
    private Position last = Lsn.ZERO;
    private long lastIndex = -1;
    private Position readAt = Lsn.ZERO;

    BareCopy() {
        this(() -> {});
    }

    /** Calls something after each row that was read. */
    BareCopy(Runnable afterRead) {
        this.afterRead = afterRead;
    }

    @Override
    public void define(Handlers on) {
        on.table("bare")
                .onUpsert(this::put)
                .onDelete(event -> change(event, event.beforeRow(), null))
                .onTruncate(event -> {
                    if (isNew(event)) {
                        clear();
                    }
                })
                .onBackfilled(event -> ends.incrementAndGet());
    }

    private void put(RowEvent<Row> event) {
        if (event instanceof ReadEvent<Row> read) {
            read(read);
        } else {
            change(event, event.beforeRow(), event.row());
        }
    }

    private void read(ReadEvent<Row> event) {
        synchronized (this) {
            if (readAt.isBefore(event.position())) {
                assertThat(event.position()).isGreaterThan(last);
                readAt = event.position();
                last = readAt;
                readings.incrementAndGet();
                clear();
            }
            assertThat(event.position()).as("of all rows").isEqualTo(readAt);
            assertThat(ids.add(event.id())).as("a row has an id of its own").isTrue();
            add(text(event.row(), null), 1);
        }
        reads.incrementAndGet();
        afterRead.run();
    }

    private synchronized void change(Event event, @Nullable Row before, @Nullable Row after) {
        if (isNew(event)) {
            if (before != null) {
                add(text(before, null), -1);
            }
            if (after != null) {
                add(text(after, before), 1);
            }
        }
    }

    private synchronized boolean isNew(Event event) {
        Lsn at = Objects.requireNonNull(
                Objects.requireNonNull(event.transaction()).commitLsn());
        long index = event.id().index();
        if (at.isBefore(last) || (at.equals(last) && index <= lastIndex)) {
            assertThat(changes).as("a change that rows show comes before them").contains(event.id());
            return false;
        }
        changes.add(event.id());
        last = at;
        lastIndex = index;
        return true;
    }

    private static String text(Row row, @Nullable Row before) {
        String big = row.isKnown("big") || before == null ? row.text("big") : before.text("big");
        return row.text("a") + " " + row.text("note") + " " + big;
    }

    /** A row that the copy never had may be deleted before its table is read. */
    private void add(String row, int times) {
        rows.merge(row, (long) times, Long::sum);
        rows.values().removeIf(count -> count <= 0);
    }

    private synchronized void clear() {
        rows.clear();
    }

    /** As {@link BareTable#rows}. */
    synchronized Map<String, Long> rows() {
        return Map.copyOf(rows);
    }
}
