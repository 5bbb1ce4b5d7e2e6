package io.walwire.reliability;

import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where a history is played: a server of its own, a proxy before it, the client, and a second slot that sees everything. */
final class Stage implements AutoCloseable {
    static final String SLOT = "proven";
    private static final String SECOND_SLOT = "witness";
    private static final String FENCES = "E\t" + History.FENCE;
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final Duration LONG = Duration.ofSeconds(90);

    private final String slot;
    private final List<String> settings;
    private final PostgresServer server;
    private final TestDatabase database;
    private final Proxy proxy;
    private final Ledger ledger;
    private final AtomicInteger fences = new AtomicInteger();
    private List<String> clientOptions = List.of();
    private @Nullable ClientProcess client;
    private boolean judgedInOrder;
    private boolean keysApart;

    /** With a durable slot. */
    Stage(int version, String name) throws IOException, SQLException {
        this(version, name, SLOT, List.of());
    }

    /**
     * With some slot, read in some way.
     *
     * @param settings of the instances, as {@code key=value}
     */
    Stage(int version, String name, String slot, List<String> settings) throws IOException, SQLException {
        this.slot = slot;
        this.settings = settings;
        // with so little memory the server sends large transactions in chunks, where it is asked to
        server = PostgresServer.start(version, Map.of("wal_sender_timeout", "5s", "logical_decoding_work_mem", "64kB"));
        database = TestDatabase.create(server);
        database.sql(History.schema());
        database.query("SELECT pg_create_logical_replication_slot(?, 'pgoutput')", SECOND_SLOT);
        proxy = new Proxy(server.host(), server.port());
        ledger = new Ledger(Path.of("target", "reliability", name + "-" + version + ".ledger"));
    }

    PostgresServer server() {
        return server;
    }

    TestDatabase database() {
        return database;
    }

    Proxy proxy() {
        return proxy;
    }

    Ledger ledger() {
        return ledger;
    }

    ClientProcess client() {
        return Objects.requireNonNull(client);
    }

    /** Options of the JVMs that are started from now on. */
    void clientOptions(List<String> options) {
        clientOptions = options;
    }

    /** Clients that are started from now on call their handler for so many keys at once. */
    void lanes(int concurrency) {
        keysApart = true;
        clientOptions(List.of("-D" + ReliabilityClient.CONCURRENCY + "=" + concurrency));
    }

    History play(long seed, int writers) {
        return new History(seed, writers, !settings.isEmpty(), database::connect);
    }

    /** Starts the client, and returns at once. */
    void launch() throws IOException {
        List<String> args = new ArrayList<>(List.of(
                "postgresql://" + server.user() + ':' + server.password() + "@127.0.0.1:" + proxy.port() + '/'
                        + database.name(),
                database.jdbcUrl(),
                slot));
        args.addAll(settings);
        client = new ClientProcess(ledger, clientOptions, args.toArray(String[]::new));
    }

    /** Starts the client, and returns when it streams. */
    void launchToStream() throws Exception {
        awaiting(String.valueOf(Ledger.LIFE), this::launch);
    }

    /** Does something, and waits for one more line of a kind. */
    void awaiting(String subject, Action action) throws Exception {
        int before = ledger.count(subject);
        action.run();
        if (!ledger.awaitMore(subject, before, LONG)) {
            throw new AssertionError("No " + subject + " within " + LONG + "; see " + ledger + ".log");
        }
    }

    /** Waits until all that has happened so far is delivered. */
    void awaitDelivered() throws Exception {
        awaiting(FENCES, this::fence);
    }

    /** As {@link #awaitDelivered} with a temporary slot, where what comes in the wrong moment is missing. */
    void awaitDeliveredAgain() throws Exception {
        int before = ledger.count(FENCES);
        Eventually.until(LONG, () -> {
            fence();
            return ledger.awaitMore(FENCES, before, SHORT);
        });
        awaitDelivered();
    }

    private void fence() throws SQLException {
        database.sql("INSERT INTO fence VALUES (" + fences.incrementAndGet() + ", 1, '')");
    }

    /** Ends the client as its owner would, and judges all that it did; the writers have ended. */
    Verdict verdict() throws Exception {
        try {
            awaitDelivered();
        } catch (AssertionError e) {
            ledger.add(Ledger.TROUBLE + "\t" + e.getMessage()); // the judge says what else is missing
        }
        client().give(Order.EXIT);
        client().awaitEnd();
        if (Files.readString(Path.of(ledger + ".log")).contains(':' + server.password() + '@')) {
            ledger.add(Ledger.TROUBLE + "\ta password was logged");
        }
        if (slot.equals(SLOT)) {
            ledger.add(Ledger.LIFE + "\t" + Change.hex(confirmedAtTheEnd()));
        }
        try (Connection connection = database.connect();
                Stream<String> lines = Files.lines(ledger.flushed())) {
            List<String> expected = SecondReading.drain(connection, SECOND_SLOT, History.PUBLICATION);
            Map<String, Map<String, String>> selected = Replica.select(connection, History.TABLES);
            Verdict verdict =
                    keysApart ? Verdict.ofKeys(expected, lines, selected) : Verdict.of(expected, lines, selected);
            Files.writeString(
                    Path.of(ledger + ".verdict"), verdict + "\n" + String.join("\n", verdict.complaints()) + "\n");
            judgedInOrder = verdict.complaints().isEmpty();
            return verdict;
        }
    }

    private long confirmedAtTheEnd() throws SQLException {
        Eventually.until(LONG, () -> !database.slot(SLOT).orElseThrow().active());
        return Objects.requireNonNull(database.slot(SLOT).orElseThrow().confirmedFlushLsn())
                .value();
    }

    @Override
    public void close() throws Exception {
        try (server;
                ledger;
                proxy;
                ClientProcess closing = client) {
            if (closing != null) {
                closing.close();
            }
            if (!server.isRunning()) {
                server.startAgain();
            }
            if (judgedInOrder) {
                Files.delete(ledger.flushed()); // it is large, and of interest only to whoever looks for a fault
            }
        }
    }

    /** What a test does. */
    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }
}
