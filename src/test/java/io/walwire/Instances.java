package io.walwire;

import io.walwire.event.Position;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.Objects;
import java.util.stream.Stream;

/** The instances of tests that look at what handlers get: one publication of everything, on a database of their own. */
final class Instances {
    private Instances() {}

    /** Makes tables, the table that {@link Trail#upToMark} needs, and the publication. */
    static void prepare(TestDatabase database, String... tables) throws SQLException {
        database.sql(Stream.concat(
                        Stream.of(tables),
                        Stream.of(
                                "CREATE TABLE mark (id serial PRIMARY KEY)",
                                "CREATE PUBLICATION events FOR ALL TABLES"))
                .toArray(String[]::new));
    }

    /** With a temporary slot. */
    static WalwireBuilder temporary(TestDatabase database) {
        return Walwire.builder().url(database.url()).publication("events");
    }

    /** With the slot {@link #slot}, which outlives the instance. */
    static WalwireBuilder durable(TestDatabase database) {
        return temporary(database).slotName(slot(database));
    }

    static String slot(TestDatabase database) {
        return database.unique("slot");
    }

    /** What the server knows to be handled by the durable instance. */
    static Position confirmed(TestDatabase database) throws SQLException {
        return Objects.requireNonNull(Items.confirmed(database, slot(database)));
    }
}
