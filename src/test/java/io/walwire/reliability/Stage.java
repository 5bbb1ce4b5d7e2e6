package io.walwire.reliability;

import io.walwire.event.Lsn;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
    private static final String PASSWORD = "read-by-role";
    private static final int LANES = 8;
    private static final Duration SHORT = Duration.ofSeconds(15);
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final Duration LONGEST = Duration.ofMinutes(20);
    private static final String EVENTS = String.valueOf(Ledger.EVENT);

    private final Mode mode;
    private final String slot;
    private final List<String> settings;
    private final PostgresServer first;
    private final TestDatabase database;
    private final @Nullable Promotion promotion;
    private final Proxy proxy;
    private final Ledger ledger;
    private final Path frames;
    private final AtomicInteger fences = new AtomicInteger();
    private final boolean crawling;
    private volatile PostgresServer server;
    private List<String> clientOptions = List.of();
    private @Nullable ClientProcess client;
    private boolean judgedInOrder;

    /** With a durable slot. */
    Stage(int version, String name) throws IOException, SQLException {
        this(version, name, Mode.TEXT, false);
    }

    /**
     * Where an instance reads in some way.
     *
     * @param name of the files that a history leaves
     * @param crawling whether transactions stay open for long, and the server waits for replies for a short time only
     */
    Stage(int version, String name, Mode mode, boolean crawling) throws IOException, SQLException {
        this.mode = mode;
        this.crawling = crawling;
        this.slot = mode == Mode.TEMPORARY ? ReliabilityClient.TEMPORARY : SLOT;
        this.settings = new ArrayList<>(mode.settings());
        settings.add("walwire.publication=" + Tables.publications(version));
        // with so little memory the server sends large transactions in chunks, where it is asked to
        first = PostgresServer.start(
                version, Map.of("wal_sender_timeout", crawling ? "1s" : "15s", "logical_decoding_work_mem", "64kB"));
        server = first;
        database = TestDatabase.create(server);
        database.sql(Settings.role(PASSWORD));
        database.sql(Tables.schema(version));
        if (mode == Mode.PROMOTION) {
            promotion = new Promotion(server, database.name(), SECOND_SLOT);
        } else {
            promotion = null;
            database.query("SELECT pg_create_logical_replication_slot(?, 'pgoutput')", SECOND_SLOT);
        }
        proxy = new Proxy(server.host(), server.port());
        ledger = new Ledger(Path.of("target", "reliability", name + "-" + version + ".ledger"));
        frames = Path.of(ledger + ".frames");
        deleteFrames(); // of an earlier history
        proxy.recordTo(frames);
        clientOptions(List.of()); // which adds what the mode needs
    }

    /** The primary. */
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

    String publications() {
        return Tables.publications(server.version());
    }

    /** A connection to the primary, which may be away. */
    Connection connect() throws SQLException {
        return server.connect(database.name());
    }

    String jdbcUrl() {
        return server.jdbcUrl(database.name());
    }

    /** Ends the streams from the database as a broken network would, and waits until they are gone; returns how many. */
    int terminateWalsenders() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("""
                        SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
                        WHERE datname = current_database() AND backend_type = 'walsender'""")) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }

    /** Options of the JVMs that are started from now on. */
    void clientOptions(List<String> options) {
        List<String> all = new ArrayList<>(options);
        if (mode == Mode.LANES) {
            all.add("-D" + ReliabilityClient.CONCURRENCY + "=" + LANES);
        }
        clientOptions = all;
    }

    History play(long seed, int writers) {
        History history = new History(seed, writers, mode, this::connect);
        if (crawling) {
            history.crawl(seed, server.version());
        }
        return history;
    }

    /** Starts the client, and returns at once. */
    void launch() throws IOException {
        List<String> args = new ArrayList<>(List.of(
                "postgresql://" + Settings.ROLE + ':' + PASSWORD + "@127.0.0.1:" + proxy.port() + '/' + database.name(),
                jdbcUrl(),
                slot));
        args.addAll(settings);
        client = new ClientProcess(ledger, clientOptions, args.toArray(String[]::new));
    }

    /** Starts the client, and returns when it streams. */
    void launchToStream() throws Exception {
        awaiting(String.valueOf(Ledger.LIFE), this::launch);
    }

    /** Kills the primary; its standby takes its place, and the client, wherever it looks, finds that one. */
    void promote() throws Exception {
        server = Objects.requireNonNull(promotion).promote(SLOT, SECOND_SLOT);
        proxy.leadTo(server.host(), server.port());
        proxy.cut();
        client().send(jdbcUrl());
    }

    /** Whether there is no standby any more that could be promoted. */
    boolean isPromoted() {
        return server != first;
    }

    /** Does something, to its end or until something comes about that must not, of which the judge will say more. */
    void untilTrouble(Action action) throws Exception {
        try {
            action.run();
        } catch (AssertionError e) {
            if (!ledger.isTroubled()) {
                throw e;
            }
        }
    }

    /** Does something, and waits for one more line of a kind. */
    void awaiting(String subject, Action action) throws Exception {
        int before = ledger.count(subject);
        action.run();
        if (!ledger.awaitMore(subject, before, LONG)) {
            throw new AssertionError("No " + subject + " within " + LONG + "; see " + ledger + ".log");
        }
    }

    /** Waits until all that has happened so far is delivered: on a starved machine for as long as events come. */
    void awaitDelivered() throws Exception {
        String fence = fence();
        long limit = System.nanoTime() + LONGEST.toNanos();
        int before = ledger.count(EVENTS);
        while (!isDelivered(fence, LONG)) {
            if (ledger.isTroubled()) {
                throw new AssertionError("Trouble; see " + ledger);
            }
            int now = ledger.count(EVENTS);
            if (now == before) {
                throw new AssertionError("No fence, and no event within " + LONG + "; see " + ledger + ".log");
            }
            if (System.nanoTime() > limit) {
                throw new AssertionError("No fence within " + LONGEST + "; see " + ledger + ".log");
            }
            before = now;
        }
    }

    /** As {@link #awaitDelivered} with a temporary slot, where what comes in the wrong moment is missing. */
    void awaitDeliveredAgain() throws Exception {
        Eventually.until(LONG, () -> isDelivered(fence(), SHORT));
        awaitDelivered();
    }

    /** Earlier fences may come late, and any may come twice: it has to be this one. */
    private boolean isDelivered(String fence, Duration atMost) throws InterruptedException {
        return ledger.awaitMore(fence, 0, atMost);
    }

    private String fence() throws SQLException {
        int number = fences.incrementAndGet();
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO fence VALUES (" + number + ", 1, '')");
        }
        return Ledger.fence(String.valueOf(number));
    }

    /** Ends the client as its owner would, and judges all that it did; the writers have ended. */
    Verdict verdict() throws Exception {
        try {
            awaitDelivered();
        } catch (AssertionError e) {
            if (!ledger.isTroubled()) {
                ledger.add(Ledger.TROUBLE + "\t" + e.getMessage()); // the judge says what else is missing
            }
        }
        client().give(Order.EXIT);
        client().awaitEnd();
        if (Files.readString(Path.of(ledger + ".log")).contains(':' + PASSWORD + '@')) {
            ledger.add(Ledger.TROUBLE + "\ta password was logged");
        }
        if (slot.equals(SLOT)) {
            ledger.add(Ledger.LIFE + "\t" + Change.hex(confirmedAtTheEnd()));
        }
        try (Connection connection = connect();
                Stream<String> lines = Files.lines(ledger.flushed())) {
            Settings.reset(connection);
            List<String> expected = SecondReading.drain(connection, SECOND_SLOT, Tables.witnessed(server.version()));
            Map<String, Map<String, String>> selected = Replica.select(connection, Tables.ALL);
            Verdict verdict = mode == Mode.LANES
                    ? Verdict.ofKeys(expected, lines, selected)
                    : Verdict.of(expected, lines, selected);
            String troubles = verdict.complaints().isEmpty() ? "" : explain(connection, verdict, expected, selected);
            Files.writeString(
                    Path.of(ledger + ".verdict"),
                    verdict + "\n" + String.join("\n", verdict.complaints()) + "\n" + troubles);
            judgedInOrder = verdict.complaints().isEmpty();
            return verdict;
        }
    }

    /** Compares with what the server sent; returns what of that could not be read. */
    private String explain(
            Connection connection, Verdict verdict, List<String> expected, Map<String, Map<String, String>> selected)
            throws IOException {
        proxy.endRecordings();
        String refusal =
                ledger.isTroubled() && slot.equals(SLOT) ? ServerRefusal.of(connection, SLOT, publications()) : null;
        if (refusal != null) {
            verdict.explainRefusal(refusal);
            return "The server cannot decode: " + refusal + "\n";
        }
        Explanation explanation = Explanation.of(verdict, expected, frames);
        try (Stream<String> lines = Files.lines(ledger.flushed())) {
            explanation.explain(log -> verdict.by(log, lines, selected, explanation.tables()));
        }
        return explanation.troubles();
    }

    private void deleteFrames() throws IOException {
        for (Path file : SentFrames.recordings(frames)) {
            Files.delete(file);
        }
        Files.deleteIfExists(frames);
    }

    private long confirmedAtTheEnd() throws SQLException {
        try (Connection connection = connect();
                PreparedStatement statement = connection.prepareStatement(
                        "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = ? AND NOT active")) {
            statement.setString(1, SLOT);
            List<Long> found = new ArrayList<>();
            Eventually.until(LONG, () -> {
                try (ResultSet rows = statement.executeQuery()) {
                    return rows.next() && found.add(Lsn.parse(rows.getString(1)).value());
                }
            });
            return found.get(0);
        }
    }

    @Override
    public void close() throws Exception {
        try (first;
                Promotion standby = promotion;
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
                // these are large, and needed only to look for a fault
                Files.delete(ledger.flushed());
                proxy.close();
                deleteFrames();
            }
        }
    }

    /** What a test does. */
    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }
}
