package io.walwire.examples.search;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.examples.search.SearchClient.Write;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Mirrors the table {@code product} in a search index: first the rows that are there, then every change.
 *
 * <p>With {@code walwire.backfill=new} existing rows are read while changes come. Searches name an alias. It stands for an index from the
 * moment on at which all rows are in it, so that no search uses an incomplete index.
 *
 * <p>The version of a document is the position of its last event. The engine ignores older writes. So events that come again after a
 * restart do no harm.
 *
 * <p>The table has {@code REPLICA IDENTITY FULL}: then an update has each column, also a long description that did not change.
 */
public final class ProductSearch implements EventHandler {
    /** What searches name. */
    public static final String ALIAS = "products";

    private final SearchClient client;

    /** The index that is written to. Used only by the handler thread. */
    private String index;

    /**
     * Goes on with the newest index, or makes the first.
     *
     * @param client where the index is
     */
    public ProductSearch(SearchClient client) {
        this.client = client;
        this.index = name(newest());
        if (newest() == 0) {
            startOver();
        }
    }

    private static String name(int number) {
        return ALIAS + "-" + number;
    }

    private int newest() {
        return client.indexes().stream()
                .filter(name -> name.startsWith(ALIAS + "-"))
                .mapToInt(name -> Integer.parseInt(name.substring(ALIAS.length() + 1)))
                .max()
                .orElse(0);
    }

    @Override
    public void define(Handlers on) {
        on.table("product", Product.class)
                .onUpserts(this::put)
                .onDelete(event -> write(event, null))
                .onTruncate(event -> clear())
                .onBackfilled(event -> show());
        // rows may have been deleted meanwhile: all are read again, to another index
        on.onGap(gap -> startOver());
    }

    /** Rows as they are now: read, inserted or updated. */
    private void put(List<RowEvent<Product>> events) {
        List<Write> writes = new ArrayList<>();
        for (RowEvent<Product> event : events) {
            Row before = event.beforeRow();
            Product product = event.row();
            if (before != null && before.isKnown("id") && id(before) != product.id()) {
                writes.add(new Write(id(before), version(event), null)); // the key was changed
            }
            writes.add(new Write(product.id(), version(event), product));
        }
        client.bulk(index, writes);
    }

    private void write(RowEvent<Product> event, @Nullable Product product) {
        Row key = Objects.requireNonNull(event.key(), "product has a primary key");
        client.bulk(index, List.of(new Write(id(key), version(event), product)));
    }

    private static long id(Row row) {
        return Objects.requireNonNull(row.getLong("id"));
    }

    /** The same for all events of a transaction, which come in order. Of a row that was read it is the read's place among them. */
    private static long version(RowEvent<Product> event) {
        return Objects.requireNonNull(event.transaction().commitLsn()).value();
    }

    /** No row is left, so an empty index has all of them. Searches use the old one until then. */
    private void clear() {
        startOver();
        show();
    }

    /** Searches use the index, which has all rows, and no other is needed. It does no harm if that is done again. */
    private void show() {
        client.alias(ALIAS, index);
        client.indexes().stream()
                .filter(name -> name.startsWith(ALIAS + "-") && !name.equals(index))
                .forEach(client::drop);
    }

    private void startOver() {
        index = name(newest() + 1);
        client.create(index);
    }

    /**
     * What an instance needs to fill and keep the index.
     *
     * @param builder knows the database and the publication, and names a slot, beside which {@code sql/backfill.sql} was run
     * @param search gets the rows
     * @return the builder
     */
    public static WalwireBuilder configure(WalwireBuilder builder, ProductSearch search) {
        return builder.handler(search).set("walwire.backfill", "new");
    }

    /**
     * Runs until it is stopped by a signal. The index is in memory, so a program that copies this brings the client of its engine.
     *
     * @param args the properties file
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        ProductSearch search = new ProductSearch(new InMemorySearch());
        try (Walwire walwire = configure(Walwire.builder().properties(Path.of(args[0])), search)
                .closeOnShutdown()
                .start()) {
            walwire.awaitTermination();
        }
    }
}
