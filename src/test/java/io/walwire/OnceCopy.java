package io.walwire;

import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.testing.Recorder;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** A copy of the table {@code item} (id, v, big), made by a handler that does nothing twice for one identity. */
final class OnceCopy implements EventHandler {
    final Map<String, String> rows = new ConcurrentHashMap<>();

    /** The identities of all reads, as often as they came. */
    final Recorder<String> reads = new Recorder<>();

    /** The ends that it has acted on. */
    final Recorder<String> ends = new Recorder<>();

    private final Set<EventId> done = ConcurrentHashMap.newKeySet();
    private final Runnable afterRead;

    OnceCopy() {
        this(() -> {});
    }

    /** Calls something after each row that was read. */
    OnceCopy(Runnable afterRead) {
        this.afterRead = afterRead;
    }

    @Override
    public void define(Handlers on) {
        on.table("item")
                .onRead(event -> {
                    reads.add(String.valueOf(event.id()));
                    once(event, this::put);
                    afterRead.run();
                })
                .onInsert(event -> once(event, this::put))
                .onUpdate(event -> once(event, this::put))
                .onDelete(event -> once(event, gone -> rows.remove(id(Objects.requireNonNull(gone.key())))))
                .onBackfilled(event -> once(event, end -> ends.add(String.valueOf(end.id()))));
    }

    private <E extends Event> void once(E event, Consumer<E> effect) {
        if (done.add(event.id())) {
            effect.accept(event);
        }
    }

    private void put(RowEvent<Row> event) {
        Row row = event.row();
        rows.put(id(row), row.text("v") + " " + row.text("big"));
    }

    private static String id(Row row) {
        return String.valueOf(row.text("id"));
    }

    /** What the identities of reads have before the table's name. */
    Set<String> readings() {
        return reads.all().stream()
                .map(id -> id.substring(0, id.indexOf("/public.item/")))
                .collect(Collectors.toSet());
    }
}
