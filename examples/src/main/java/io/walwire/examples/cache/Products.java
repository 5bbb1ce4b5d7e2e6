package io.walwire.examples.cache;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.lifecycle.State;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/**
 * What the application calls: reads through the cache, writes to the table. A write says where in the server's log it ends;
 * a read that is given it, on any node, sees the write. It is a short text, so it can travel in a cookie or a header.
 */
public final class Products {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final ProductTable table;
    private final ProductCache cache;
    private final Walwire walwire;

    /**
     * Joins the three.
     *
     * @param table the rows
     * @param cache a handler of the instance
     * @param walwire the running instance
     */
    public Products(ProductTable table, ProductCache cache, Walwire walwire) {
        this.table = table;
        this.cache = cache;
        this.walwire = walwire;
    }

    /**
     * What an instance needs to keep a cache right.
     *
     * @param builder knows the database and the publication; names no slot
     * @param cache gets the changes
     * @return the builder
     */
    public static WalwireBuilder configure(WalwireBuilder builder, ProductCache cache) {
        return builder.handler(cache).set("walwire.visible", "true");
    }

    /**
     * Writes.
     *
     * @param id the product
     * @param cents its new price
     * @return for {@link #find(long, Lsn)}
     * @throws SQLException if the database fails
     */
    public Lsn setPrice(long id, long cents) throws SQLException {
        return table.setPrice(id, cents);
    }

    /**
     * Reads what may be a moment old: the time that a change takes from its commit to this process, some milliseconds.
     *
     * @param id the product
     * @return the product; empty if there is none
     * @throws SQLException if the database fails
     * @throws InterruptedException if the thread is interrupted
     */
    public Optional<Product> find(long id) throws SQLException, InterruptedException {
        // while no changes arrive, cached rows may be stale, and none may be added
        return walwire.state() == State.STREAMING ? cache.get(id) : table.find(id);
    }

    /**
     * Reads what is at least as new as a write.
     *
     * @param id the product
     * @param written what the write returned
     * @return the product; empty if there is none
     * @throws SQLException if the database fails
     * @throws InterruptedException if the thread is interrupted
     */
    public Optional<Product> find(long id, Lsn written) throws SQLException, InterruptedException {
        return isHandled(written) ? find(id) : table.find(id);
    }

    private boolean isHandled(Lsn written) throws InterruptedException {
        try {
            return walwire.awaitPosition(written, PATIENCE);
        } catch (WalwireException failed) {
            return false; // the table knows better than a cache that hears nothing any more
        }
    }
}
