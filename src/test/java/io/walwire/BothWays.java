package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;

/**
 * The same changes read twice: as the instance under test reads them, and under protocol 1 as text. Both must see the same
 * transactions, down to the last byte of their events' JSON.
 */
final class BothWays implements AutoCloseable {
    private final TestDatabase database;
    private final Side plain;
    private final Side tested;
    private int taken;

    /** One instance, and the transactions with events that it delivers. */
    private record Side(Recorder<Transaction> transactions, Walwire walwire) {
        static Side of(WalwireBuilder builder) {
            Recorder<Transaction> transactions = new Recorder<>();
            return new Side(
                    transactions,
                    builder.handler(on -> on.onTransaction(each -> {
                                if (!each.events().isEmpty()) {
                                    transactions.add(each);
                                }
                            }))
                            .start());
        }

        List<Event> transaction(int at) throws InterruptedException {
            return transactions.await(at + 1).get(at).events();
        }
    }

    private BothWays(TestDatabase database, WalwireBuilder tested) {
        this.database = database;
        this.plain = Side.of(
                Instances.temporary(database).set("walwire.protocol", "1").set("walwire.binary", "false"));
        this.tested = Side.of(tested);
    }

    /** With a temporary slot. */
    static BothWays streaming(TestDatabase database, String streaming) {
        return new BothWays(
                database, Instances.temporary(database).name("tested").set("walwire.streaming", streaming));
    }

    /**
     * Makes the tables {@code item} and {@code other}, which are published, and {@code filler}, which is not; and the server
     * keeps as little of a transaction in memory as it can.
     */
    static void prepare(TestDatabase database) throws SQLException {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE TABLE other (id int PRIMARY KEY, note text)",
                "CREATE TABLE filler (note text)",
                "CREATE PUBLICATION events FOR TABLE item, other",
                "ALTER DATABASE " + database.name() + " SET logical_decoding_work_mem = '64kB'");
    }

    /** Makes the server send, if it streams, what the transaction has done so far. */
    static void fill(Connection connection) throws SQLException {
        execute(connection, "INSERT INTO filler SELECT repeat('x', 300) FROM generate_series(1, 500)");
    }

    /** Executes statements on one connection, and each time makes the server send what was done. */
    static void filled(Connection connection, String... statements) throws SQLException {
        for (String each : statements) {
            execute(connection, each);
            fill(connection);
        }
    }

    static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    /** A transaction, each statement of which is sent before the next one. */
    void inFilledTransaction(String... statements) throws SQLException {
        database.inTransaction(connection -> filled(connection, statements));
    }

    /** The events of the next transaction, which are the same both ways and count from 0. */
    List<Event> next() throws InterruptedException {
        List<Event> events = tested.transaction(taken);
        List<Event> expected = plain.transaction(taken);
        assertThat(json(events)).isEqualTo(json(expected));
        taken++;
        return events;
    }

    /** As {@link #next}, each as a line of {@link Trail}. */
    List<String> nextLines() throws InterruptedException {
        return next().stream().map(Trail::line).toList();
    }

    private static List<String> json(List<Event> events) {
        return events.stream().map(Event::toJson).toList();
    }

    /** The server did send so many transactions in progress. */
    void requireStreamed(int transactions) {
        awaitStreamed(database, slot(), transactions);
    }

    static void awaitStreamed(TestDatabase database, String slot, int transactions) {
        String streamed = "SELECT coalesce((SELECT stream_txns FROM pg_stat_replication_slots WHERE slot_name = ?), 0)";
        Eventually.until(Items.LONG, () -> database.queryLong(streamed, slot) >= transactions);
    }

    private String slot() {
        return Objects.requireNonNull(tested.walwire.status().slot());
    }

    Walwire tested() {
        return tested.walwire;
    }

    @Override
    public void close() {
        tested.walwire.close();
        plain.walwire.close();
    }
}
