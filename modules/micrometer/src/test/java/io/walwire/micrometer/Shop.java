package io.walwire.micrometer;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;

/** Two published tables, and what reads them. */
final class Shop {
    static final Duration LONG = Duration.ofMinutes(3);

    private Shop() {}

    static void create(TestDatabase database) throws SQLException {
        database.sql(
                "CREATE TABLE users (id bigint PRIMARY KEY, email text)",
                "CREATE TABLE orders (id bigint PRIMARY KEY, note text)",
                "CREATE PUBLICATION events FOR TABLE users, orders");
    }

    static WalwireBuilder reader(TestDatabase database) {
        return Walwire.builder().url(database.url()).publication("events").name("shop");
    }
}
