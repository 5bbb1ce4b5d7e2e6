package io.walwire.benchmarks;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What reading changes costs those who make them: rows written a second by sessions that know of nothing, while nobody reads,
 * while an instance reads by replication, and while one reads what triggers capture. Beside it stand the triggers that people write
 * themselves: one that writes the rows as JSON to a table, which nobody reads, and one that notifies a key, which somebody
 * listens to. Turns are interleaved; {@code benchmarks/run triggers [SECONDS [ROUNDS [TASK]]]}.
 */
public final class WriterCost {
    private static final int BULK = 1_000;
    private static final int WRITERS = 2;

    /** How many rows there are to delete. */
    private static final int DELETED = 1_000_000;

    /** How changes are read meanwhile. */
    private enum Mode {
        NOBODY("nobody reads"),
        REPLICATION("replication"),
        TRIGGERS("triggers"),
        SILENT("triggers, notify=false"),
        AUDIT("an audit trigger"),
        KEYS("a trigger that notifies keys");

        final String title;

        Mode(String title) {
            this.title = title;
        }
    }

    /** What each writer does, in a transaction of its own, again and again. */
    private enum Task {
        INSERT("single inserts", "INSERT INTO %s (number, note, price) VALUES (?, 'a note of some length', 12.5)"),
        UPDATE("single updates", "UPDATE %s SET number = number + 1, changed_at = now() WHERE id = 1 + ? %% 10000"),
        BULK_INSERT(
                "inserts of 1,000 rows",
                "INSERT INTO %s (number, note, price) SELECT ? + i, 'a note of some length', 12.5"
                        + " FROM generate_series(1, " + BULK + ") i"),
        BULK_UPDATE(
                "updates of 1,000 rows",
                "UPDATE %s w SET number = w.number + 1, changed_at = now() FROM (SELECT ? %% 10 AS part) p"
                        + " WHERE w.id > " + BULK + " * p.part AND w.id <= " + BULK + " * (p.part + 1)"),
        BULK_DELETE(
                "deletes of 1,000 rows",
                // each row once; where none is left, the turn ends
                "DELETE FROM %s w USING (SELECT ? AS part) p WHERE w.id > " + BULK + " * p.part AND w.id <= " + BULK
                        + " * (p.part + 1)");

        final String title;
        final String sql;

        Task(String title, String sql) {
            this.title = title;
            this.sql = sql;
        }
    }

    private final BenchmarkServer server;
    private final long nanos;
    private final int rounds;

    private WriterCost(BenchmarkServer server, long nanos, int rounds) {
        this.server = server;
        this.nanos = nanos;
        this.rounds = rounds;
    }

    /**
     * Prints a table of medians.
     *
     * @param arguments how many seconds each turn takes, how many rounds there are, and what the titles of the tasks have in them
     */
    public static void main(String[] arguments) throws Exception {
        int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        String tasks = arguments.length > 2 ? arguments[2] : "";
        try (BenchmarkServer server = BenchmarkServer.start()) {
            server.run("ALTER SYSTEM SET autovacuum = on");
            server.run("SELECT pg_reload_conf()");
            WriterCost cost = new WriterCost(server, TimeUnit.SECONDS.toNanos(seconds), rounds);
            StringBuilder head = new StringBuilder("| " + WRITERS + " writers, rows/s");
            StringBuilder line = new StringBuilder("| ---");
            for (Mode mode : Mode.values()) {
                head.append(" | ").append(mode.title);
                line.append(" | ---");
            }
            System.out.println(head + " |\n" + line + " |");
            for (Task task : Task.values()) {
                if (task.title.contains(tasks)) {
                    System.out.println(cost.measure(task));
                }
            }
        }
    }

    private String measure(Task task) throws Exception {
        Map<Mode, List<Double>> measured = new EnumMap<>(Mode.class);
        for (int round = 0; round < rounds; round++) {
            for (int turn = 0; turn < Mode.values().length; turn++) {
                Mode mode = Mode.values()[(turn + round) % Mode.values().length];
                double rate = turn(task, mode);
                measured.computeIfAbsent(mode, first -> new ArrayList<>()).add(rate);
                System.err.printf("%s, round %d: %,9.0f rows/s, %s%n", task.title, round + 1, rate, mode.title);
            }
        }
        double alone = median(measured.getOrDefault(Mode.NOBODY, List.of()));
        StringBuilder line = new StringBuilder("| ").append(task.title);
        for (Mode mode : Mode.values()) {
            double rate = median(measured.getOrDefault(mode, List.of()));
            line.append(String.format(Locale.ROOT, " | %,.0f (%.2f)", rate, rate / alone));
        }
        return line.append(" |").toString();
    }

    private static double median(List<Double> rates) {
        List<Double> sorted = rates.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private double turn(Task task, Mode mode) throws Exception {
        String table = "written_" + mode.name().toLowerCase(Locale.ROOT);
        server.run("CREATE TABLE " + table + " (id bigserial PRIMARY KEY, number int, note text, price numeric,"
                + " flag boolean DEFAULT true, changed_at timestamptz DEFAULT now())");
        int present = task == Task.BULK_DELETE ? DELETED : 10_000;
        server.run("INSERT INTO " + table + " (number) SELECT i FROM generate_series(1, " + present + ") i");
        server.run("CHECKPOINT");
        WalwireBuilder reader = reader(mode, table);
        try (Walwire walwire = reader == null ? null : reader.start();
                Rival rival = rival(mode, table)) {
            return write(task, table);
        } finally {
            // a rival's trigger, left on its table, would have Walwire look at each inserted row of another table
            server.run("DROP TABLE " + table);
        }
    }

    private @Nullable Rival rival(Mode mode, String table) throws SQLException {
        return switch (mode) {
            case AUDIT -> Rival.audit(server, table);
            case KEYS -> Rival.keys(server, table);
            default -> null;
        };
    }

    private @Nullable WalwireBuilder reader(Mode mode, String table) throws SQLException {
        WalwireBuilder reader = Walwire.builder()
                .url("postgresql://" + BenchmarkServer.USER + ":none@localhost:" + server.port() + "/"
                        + BenchmarkServer.DATABASE)
                .name(mode.name().toLowerCase(Locale.ROOT))
                .subscriptions(table)
                .handler(on -> on.onTransaction(transaction -> {}));
        switch (mode) {
            case NOBODY, AUDIT, KEYS -> {
                return null;
            }
            case REPLICATION -> {
                server.run("DROP PUBLICATION IF EXISTS written");
                server.run("CREATE PUBLICATION written FOR TABLE " + table);
                return reader.publication("written");
            }
            case TRIGGERS, SILENT -> {
                return reader.set("walwire.source", "triggers")
                        .set("walwire.triggers.manage", "true")
                        .set("walwire.triggers.notify", Boolean.toString(mode == Mode.TRIGGERS));
            }
        }
        throw new IllegalArgumentException(mode.title);
    }

    private double write(Task task, String table) throws Exception {
        AtomicLong rows = new AtomicLong();
        AtomicInteger next = new AtomicInteger();
        CountDownLatch ready = new CountDownLatch(WRITERS);
        List<Thread> writers = new ArrayList<>();
        long[] began = new long[1];
        CountDownLatch go = new CountDownLatch(1);
        for (int i = 0; i < WRITERS; i++) {
            Thread writer = new Thread(() -> {
                try (Connection connection = server.connect();
                        PreparedStatement statement = connection.prepareStatement(task.sql.formatted(table))) {
                    ready.countDown();
                    go.await();
                    int written = 1;
                    for (int n = 0; written > 0 && System.nanoTime() - began[0] < nanos; n++) {
                        statement.setInt(1, task == Task.BULK_DELETE ? next.getAndIncrement() : n);
                        written = statement.executeUpdate();
                        rows.addAndGet(written);
                    }
                } catch (SQLException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            writer.start();
            writers.add(writer);
        }
        ready.await();
        began[0] = System.nanoTime();
        go.countDown();
        for (Thread writer : writers) {
            writer.join();
        }
        return rows.get() * 1e9 / (System.nanoTime() - began[0]);
    }
}
