package io.walwire;

import io.walwire.testing.TestDatabase;
import java.sql.SQLException;

/** Instances that read what triggers capture, on a database of their own. */
final class Outboxes {
    /** The application that an instance is of which has no name. */
    static final String OUTBOX = "walwire.walwire_outbox";

    static final String CURSOR = "walwire.walwire_cursor";

    private Outboxes() {}

    /** With a temporary cursor; makes its triggers itself. */
    static WalwireBuilder temporary(TestDatabase database) {
        return managed(Walwire.builder().url(database.url()));
    }

    /** Reads what triggers capture, which it makes itself. */
    static WalwireBuilder managed(WalwireBuilder builder) {
        return builder.set("walwire.source", "triggers").set("walwire.triggers.manage", "true");
    }

    /** With the cursor {@code reader}, which outlives the instance. */
    static WalwireBuilder durable(TestDatabase database) {
        return temporary(database).slotName("reader");
    }

    /** With triggers that somebody else makes. */
    static WalwireBuilder bare(TestDatabase database) {
        return Walwire.builder().url(database.url()).set("walwire.source", "triggers");
    }

    /** Changes that are still kept. */
    static long kept(TestDatabase database) throws SQLException {
        return database.queryOne(Long.class, "SELECT count(*) FROM " + OUTBOX);
    }

    /** Makes a cursor as old as if nobody had used it for a month. */
    static void abandon(TestDatabase database) throws SQLException {
        database.sql("UPDATE " + CURSOR + " SET seen = seen - interval '30 days'");
    }
}
