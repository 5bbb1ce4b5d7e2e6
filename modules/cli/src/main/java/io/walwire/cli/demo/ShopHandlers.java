package io.walwire.cli.demo;

import io.walwire.event.Change;
import io.walwire.event.Changes;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Filter;
import io.walwire.handler.Handlers;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Handlers as a user would write them. They only report what real ones would do. */
final class ShopHandlers implements EventHandler {
    private static final int FEW = 5;
    private static final Filter WORTH_EVICTING = Filter.unwatchedFields("visits", "last_seen");

    private final BiConsumer<String, String> acted;

    /**
     * Handlers.
     *
     * @param acted gets what would be done: the actor, then the action
     */
    ShopHandlers(BiConsumer<String, String> acted) {
        this.acted = acted;
    }

    /** What the mail needs of a user; the table has more columns. */
    record User(int id, String name, String email) {}

    @Override
    public void define(Handlers on) {
        on.table("users", User.class)
                .onInsert(this::welcome)
                .filter(Filter.changed("email"))
                .onUpdate(this::confirm);
        on.table("users").filter(WORTH_EVICTING).onUpdate(this::evict).onDelete(this::evict);
        on.table("orders").onUpdate(this::status);
        on.table("products")
                .filter(Filter.where(event -> isLow(event.afterRow())))
                .onUpdate(this::reorder);
    }

    private void welcome(RowEvent<User> event) {
        User user = event.row();
        acted.accept("mail", "welcome, " + user.name() + " <" + user.email() + ">");
    }

    private void confirm(RowEvent<User> event) {
        acted.accept("mail", "please confirm " + event.row().email());
    }

    private void evict(RowEvent<Row> event) {
        Row key = event.key();
        acted.accept("cache", "evict user:" + (key == null ? "*" : key.text("id")));
    }

    private void status(RowEvent<Row> event) {
        Changes changes = event.changes();
        Change status = changes == null ? null : changes.get("status");
        if (status != null) {
            acted.accept("notify", "user " + event.row().text("user_id") + ": your order is " + status.newValue());
        }
    }

    private void reorder(RowEvent<Row> event) {
        acted.accept(
                "buyer",
                "only " + event.row().text("stock") + " left of " + event.row().text("name"));
    }

    private static boolean isLow(@Nullable Row row) {
        Integer stock = row == null ? null : row.getInt("stock");
        return stock != null && stock < FEW;
    }
}
