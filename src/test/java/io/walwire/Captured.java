package io.walwire;

import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.util.List;

/** A running instance with a temporary slot, and the transactions that it delivers, one by one. */
final class Captured implements AutoCloseable {
    private final Recorder<Transaction> transactions = new Recorder<>();
    private final Walwire walwire;
    private int taken;

    private Captured(TestDatabase database, boolean oldRecord, String binary, String... publications) {
        walwire = Walwire.builder()
                .url(database.url())
                .publication(publications)
                .oldRecord(oldRecord)
                .set("walwire.binary", binary)
                .handler(on -> on.onTransaction(transactions::add))
                .start();
    }

    private Captured(TestDatabase database, PostgresServer standby, String... publications) throws Exception {
        walwire = StandbyPair.start(
                database.server(),
                Walwire.builder()
                        .url(standby.url(database.name()))
                        .publication(publications)
                        .set("walwire.start.wait", "60s")
                        .set("walwire.binary", "false")
                        .handler(on -> on.onTransaction(transactions::add)));
    }

    /** From a standby, with its values as text. */
    static Captured ofStandby(TestDatabase database, PostgresServer standby, String... publications) throws Exception {
        return new Captured(database, standby, publications);
    }

    /** With its values as text. Streams when it returns, as all of these do. */
    static Captured start(TestDatabase database, String... publications) {
        return new Captured(database, false, "false", publications);
    }

    /** With its values in binary by the types of what is published, and with the old record in an update's JSON. */
    static Captured inBinary(TestDatabase database, String... publications) {
        return new Captured(database, true, "auto", publications);
    }

    /** With its values as text, and with the old record in an update's JSON. */
    static Captured withOldRecords(TestDatabase database, String... publications) {
        return new Captured(database, true, "false", publications);
    }

    /** The events of the next transaction that has any. */
    List<Event> next() throws InterruptedException {
        List<Event> events = List.of();
        while (events.isEmpty()) {
            events = transactions.await(taken + 1).get(taken).events();
            taken++;
        }
        return events;
    }

    @Override
    public void close() {
        walwire.close();
    }
}
