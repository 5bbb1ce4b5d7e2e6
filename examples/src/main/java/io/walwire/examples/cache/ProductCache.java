package io.walwire.examples.cache;

import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Keeps rows of {@code product} until they change. It holds as many as are asked for; a real one would have a bound.
 *
 * <p>It is a handler and not a watch, because {@code Walwire.awaitPosition} waits for handlers: when it returns the cache
 * has forgotten what the writer changed. A watch delivers later, to each subscriber at its own pace.
 *
 * <p>Its instance has a temporary slot (no {@code walwire.slot.name}), so that every node of an application hears
 * everything and a node that is away leaves nothing behind at the server. And it sets {@code walwire.visible}: PostgreSQL
 * sends a commit a moment before other sessions see it, and a row that is read again in that moment would be the old one,
 * kept for ever.
 */
public final class ProductCache implements EventHandler {
    private final Loader loader;
    private final ConcurrentMap<Long, FutureTask<Optional<Product>>> rows = new ConcurrentHashMap<>();

    /** Reads a row from where it is kept. */
    @FunctionalInterface
    public interface Loader {
        /**
         * Reads a row.
         *
         * @param id its key
         * @return the row; empty if there is none
         * @throws SQLException if it cannot be read
         */
        Optional<Product> load(long id) throws SQLException;
    }

    /**
     * An empty cache.
     *
     * @param loader asked for what is not in the cache
     */
    public ProductCache(Loader loader) {
        this.loader = loader;
    }

    @Override
    public void define(Handlers on) {
        on.table("product")
                .onInsert(event -> forget(event.row())) // that there is none may be in the cache
                .onUpdate(this::forgetBoth)
                .onDelete(event -> forget(event.row()))
                .onTruncate(event -> rows.clear());
        on.onGap(gap -> rows.clear()); // nobody knows what was changed in between
    }

    /** Where an update changed the key, the old row has the old one, whatever the table's replica identity. */
    private void forgetBoth(RowEvent<Row> event) {
        forget(event.row());
        forget(event.beforeRow());
    }

    private void forget(@Nullable Row row) {
        if (row != null && row.isKnown("id")) {
            rows.remove(Objects.requireNonNull(row.getLong("id")));
        }
    }

    /**
     * A row, from the cache if it is there. The task is in the map before it reads: a change that comes meanwhile removes
     * it, so that what it reads is given to those who wait already and to nobody after them.
     *
     * @param id its key
     * @return the row; empty if there is none
     * @throws SQLException if it cannot be read
     * @throws InterruptedException if the thread is interrupted while another reads the row for it
     */
    public Optional<Product> get(long id) throws SQLException, InterruptedException {
        FutureTask<Optional<Product>> load = new FutureTask<>(() -> loader.load(id));
        FutureTask<Optional<Product>> found = rows.putIfAbsent(id, load);
        if (found == null) {
            found = load;
            load.run();
        }
        try {
            return found.get();
        } catch (ExecutionException e) {
            rows.remove(id, found); // the next one tries again
            throw new SQLException("Product " + id + " could not be read", e.getCause());
        }
    }

    /**
     * How much it holds.
     *
     * @return how many rows, those included that are being read
     */
    public int size() {
        return rows.size();
    }
}
