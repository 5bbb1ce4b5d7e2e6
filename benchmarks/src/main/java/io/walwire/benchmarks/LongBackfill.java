package io.walwire.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A large table is read while two sessions update it as fast as they can, and the reading process is killed three times:
 * {@code benchmarks/run backfill-long [GIB [RATE]]}. How fast it is over time, how much memory it takes, how much WAL the slot holds back, and
 * what it costs those who write.
 */
public final class LongBackfill {
    static final String TABLE = "existing";
    static final String PUBLICATION = "bench_long";

    private static final String SLOT = "bench_long";
    private static final int WRITERS = 2;
    private static final int KILLS = 3;
    private static final int BASE_SECONDS = 20;

    /** The run begins with so many turns, in every other one of which it is paused. */
    private static final int TURNS = 13;

    private static final int ROWS_AT_ONCE = 500_000;
    private static final long SECOND_MILLIS = 1_000;

    private final BenchmarkServer server;
    private final String rate;
    private final AtomicLong commits = new AtomicLong();
    private final List<Second> seconds = new ArrayList<>();
    private long rows;
    private @Nullable Process reading;

    private LongBackfill(BenchmarkServer server, String rate) {
        this.rate = rate;
        this.server = server;
    }

    /**
     * One second of the run, or the start of a process with its first second: rows that were read in it, MiB of heap and of WAL, the writers'
     * commits, and the turn.
     */
    private record Second(long read, long heap, double retained, long commits, int turn) {}

    /** GiB of the table, 2 if not given; and {@code walwire.backfill.rate}, auto if not given. */
    public static void main(String[] arguments) throws Exception {
        double gib = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 2;
        try (BenchmarkServer server = BenchmarkServer.start()) {
            LongBackfill benchmark = new LongBackfill(server, arguments.length > 1 ? arguments[1] : "auto");
            benchmark.prepare((long) (gib * (1L << 30)));
            benchmark.run();
        }
    }

    private void prepare(long bytes) throws SQLException, IOException {
        server.run("CREATE TABLE " + TABLE + " " + Bytes.WIDE);
        while (size() < bytes) {
            server.run("INSERT INTO " + TABLE + " "
                    + Bytes.rows(String.valueOf(rows + 1), String.valueOf(rows + ROWS_AT_ONCE)));
            rows += ROWS_AT_ONCE;
        }
        server.run("VACUUM (FREEZE, ANALYZE) " + TABLE);
        server.run("CREATE PUBLICATION " + PUBLICATION + " FOR TABLE " + TABLE);
        server.run(Files.readString(Path.of("sql/backfill.sql"))
                .lines()
                .filter(line -> !line.startsWith("\\"))
                .collect(Collectors.joining("\n")));
        server.run("CHECKPOINT");
        System.out.printf(Locale.ROOT, "%,d rows, %,d MiB%n", rows, size() >> 20);
    }

    private long size() throws SQLException {
        return Long.parseLong(server.value("SELECT pg_table_size('" + TABLE + "')"));
    }

    private double retainedMegabytes() throws SQLException {
        String bytes = server.value("SELECT pg_current_wal_lsn() - coalesce(confirmed_flush_lsn, restart_lsn)"
                + " FROM pg_replication_slots WHERE slot_name = '" + SLOT + "'");
        return bytes.isEmpty() ? 0 : Double.parseDouble(bytes) / (1 << 20);
    }

    private void run() throws Exception {
        AtomicBoolean end = new AtomicBoolean();
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            Thread writer = new Thread(() -> write(end), "writer-" + i);
            writer.start();
            writers.add(writer);
        }
        try {
            double alone = commitsASecond();
            long all = read();
            double followed = commitsASecond();
            print(all, alone, followed);
        } finally {
            if (reading != null) {
                reading.destroyForcibly().waitFor();
            }
            end.set(true);
            for (Thread writer : writers) {
                writer.join();
            }
        }
    }

    private void write(AtomicBoolean end) {
        try (Connection connection = server.connect();
                PreparedStatement update =
                        connection.prepareStatement("UPDATE " + TABLE + " SET amount = amount + 1 WHERE id = ?")) {
            while (!end.get()) {
                update.setLong(1, ThreadLocalRandom.current().nextLong(rows) + 1);
                update.executeUpdate();
                commits.incrementAndGet();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private double commitsASecond() throws InterruptedException {
        long before = commits.get();
        Thread.sleep(BASE_SECONDS * SECOND_MILLIS);
        return (commits.get() - before) / (double) BASE_SECONDS;
    }

    /** Rows that were read, those included that came again. The last process goes on. */
    private long read() throws Exception {
        long all = 0;
        for (int kill = 1; kill <= KILLS + 1; kill++) {
            Process process = ChildJvm.start(
                    "-Xmx512m",
                    LongBackfillMain.class,
                    List.of(
                            new Target(server.port(), null, "", "").url(),
                            SLOT,
                            rate,
                            String.valueOf(kill == 1 ? TURNS : 0)));
            reading = process;
            long until = kill > KILLS ? Long.MAX_VALUE : (rows - all) / (KILLS + 2 - kill);
            all += follow(process, until);
            if (kill <= KILLS) {
                process.destroyForcibly().waitFor();
            }
        }
        return all;
    }

    private long follow(Process process, long until) throws IOException, SQLException {
        // not closed: the last process goes on
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        long last = 0;
        long written = commits.get();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] figures = line.split(" ", -1);
            long read = Long.parseLong(figures[0]);
            int turn = Integer.parseInt(figures[3]);
            long now = commits.get();
            seconds.add(new Second(read - last, Long.parseLong(figures[1]), retainedMegabytes(), now - written, turn));
            last = read;
            written = now;
            if ((read >= until && turn == 0) || figures[2].equals("1")) {
                return read;
            }
        }
        throw new IllegalStateException("The instance has ended");
    }

    /** Commits a second of a turn, without its first line, which is of the turn before, and its first second, in which the run still changed. */
    private double commitsOf(int turn) {
        return seconds.stream()
                .filter(second -> second.turn() == turn)
                .skip(2)
                .mapToLong(Second::commits)
                .average()
                .orElse(Double.NaN);
    }

    /** Of each turn in which rows were read, what its commits are to those of the two turns around it, in which none were. */
    private List<Double> shares() {
        List<Double> shares = new ArrayList<>();
        for (int turn = 3; turn < TURNS; turn += 2) {
            shares.add(2 * commitsOf(turn) / (commitsOf(turn - 1) + commitsOf(turn + 1)));
        }
        return shares;
    }

    private void print(long all, double alone, double followed) {
        List<Long> during = seconds.stream()
                .filter(second -> second.read() > 0)
                .map(Second::commits)
                .toList();
        System.out.println(
                "\n| second | rows | heap MiB | WAL behind MiB | commits |\n| --- | --- | --- | --- | --- |");
        for (int i = 0; i < seconds.size(); i++) {
            Second second = seconds.get(i);
            System.out.printf(
                    Locale.ROOT,
                    "| %d | %,d | %d | %.1f | %,d |%n",
                    i,
                    second.read(),
                    second.heap(),
                    second.retained(),
                    second.commits());
        }
        System.out.printf(
                Locale.ROOT,
                "%n| | |%n| --- | --- |%n| rows read again after %d kills | %,d |%n"
                        + "| commits a second, nobody reads | %,.0f |%n"
                        + "| commits a second, while rows are read, median | %,.0f |%n"
                        + "| commits a second, the stream alone | %,.0f |%n"
                        + "| commits while rows are read, times those of the turns around | %.2f of %s |%n"
                        + "| the most heap, WAL behind, MiB | %d, %.1f |%n",
                KILLS,
                all - rows,
                alone,
                Median.of(during, Long::doubleValue),
                followed,
                Median.of(shares(), Double::doubleValue),
                shares().stream().map(share -> Report.number(share, 2)).toList(),
                seconds.stream().mapToLong(Second::heap).max().orElse(0),
                seconds.stream().mapToDouble(Second::retained).max().orElse(0));
    }
}
