package io.walwire.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One consumer's turn: a slot of its own, a process of its own, and what the walsender spent on it. */
final class Round {
    private final BenchmarkServer server;
    private final Written written;
    private final long events;
    private final int port;
    private final boolean fromFirst;
    private final @Nullable Path before;

    /**
     * A turn at whatever listens on a port; of what is replayed time counts from the first change on.
     *
     * @param before the checkout of the build before; null without one
     */
    Round(BenchmarkServer server, int port, Written written, @Nullable Path before) {
        this.before = before;
        this.fromFirst = port != server.port();
        this.server = server;
        this.port = port;
        this.written = written;
        this.events = written.events();
    }

    long events() {
        return events;
    }

    /** Looks at the process of a consumer that has read everything, and is still connected. */
    interface Look {
        /** The walsender's process is 0 if there is none. */
        void at(long pid, long walsender) throws IOException, InterruptedException;
    }

    Measurement run(Consumer consumer) throws IOException, SQLException, InterruptedException {
        return run(consumer, consumer.heap(), (pid, walsender) -> {});
    }

    /**
     * A turn with other options than usual.
     *
     * @param options the JVM's, between blanks
     */
    Measurement run(Consumer consumer, String options, Look look)
            throws IOException, SQLException, InterruptedException {
        String slot = copy(written.bytes().slot(), "run");
        String warmUp = copy(written.warmUpSlot(), "warm");
        try {
            return consumer == Consumer.PG_RECVLOGICAL ? receive(slot) : drain(consumer, options, look, slot, warmUp);
        } finally {
            server.dropSlot(slot);
            server.dropSlot(warmUp);
        }
    }

    private Measurement drain(Consumer consumer, String options, Look look, String slot, String warmUp)
            throws IOException, SQLException, InterruptedException {
        Process process = ChildJvm.start(
                options,
                consumer.isBefore()
                        ? ChildJvm.classPath(Objects.requireNonNull(before))
                        : System.getProperty("java.class.path"),
                DrainMain.class,
                List.of(
                        consumer.task(),
                        String.valueOf(port),
                        server.sockets().toString(),
                        warmUp,
                        slot,
                        written.bytes().slot(),
                        String.valueOf(written.warmUpEvents()),
                        String.valueOf(events),
                        String.valueOf(fromFirst)));
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            require(consumer, output.readLine(), "ready");
            double busyBefore = othersSeconds();
            long began = System.nanoTime();
            String line = require(consumer, output.readLine(), "");
            double seconds = (System.nanoTime() - began) / 1e9;
            long sender = walsender(slot);
            double walsender = Proc.cpuSeconds(sender);
            double busy = othersSeconds() - busyBefore;
            look.at(process.pid(), sender);
            String[] figures = line.split(" ", -1);
            double cpu = Double.parseDouble(figures[1]);
            return new Measurement(
                    Double.parseDouble(figures[0]),
                    cpu,
                    walsender * 1e6 / events,
                    Double.parseDouble(figures[2]),
                    Double.parseDouble(figures[3]),
                    (busy - cpu * events / 1e6) / seconds);
        } finally {
            process.getOutputStream().close();
            process.waitFor();
        }
    }

    private static String require(Consumer consumer, String line, String start) {
        if (line == null || !line.startsWith(start)) {
            throw new IllegalStateException(consumer.key() + " failed: " + line);
        }
        return line;
    }

    private Measurement receive(String slot) throws IOException, SQLException, InterruptedException {
        double busyBefore = othersSeconds();
        long began = System.nanoTime();
        Process process = new ProcessBuilder(
                        PgRecvlogical.path().orElseThrow().toString(),
                        "--dbname=host=localhost port=" + server.port() + " user=" + BenchmarkServer.USER + " dbname="
                                + BenchmarkServer.DATABASE,
                        "--slot=" + slot,
                        "--start",
                        "--no-loop",
                        "--file=/dev/null",
                        "--endpos=" + written.endOfWal(),
                        "--option=proto_version=1",
                        "--option=publication_names=" + written.bytes().slot())
                .redirectError(Redirect.INHERIT)
                .start();
        double cpu = 0;
        double walsender = 0;
        double resident = 0;
        long backend = 0;
        while (process.isAlive()) {
            Thread.sleep(10);
            if (backend == 0) {
                backend = walsender(slot);
            }
            cpu = latest(cpu, Proc.cpuSeconds(process.pid()));
            walsender = latest(walsender, Proc.cpuSeconds(backend));
            resident = latest(resident, Proc.residentMegabytes(process.pid()));
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        if (process.exitValue() != 0) {
            throw new IllegalStateException("pg_recvlogical failed with exit code " + process.exitValue());
        }
        double busy = othersSeconds() - busyBefore;
        return new Measurement(
                events / seconds,
                cpu * 1e6 / events,
                walsender * 1e6 / events,
                Double.NaN,
                resident,
                (busy - cpu) / seconds);
    }

    /** Processor time of all processes but the server's and this one, which replays. A consumer has the server read its catalog, too. */
    private double othersSeconds() throws IOException, SQLException {
        return Proc.busySeconds() - Proc.cpuSeconds(ProcessHandle.current().pid()) - server.seconds();
    }

    private static double latest(double before, double now) {
        return Double.isNaN(now) ? before : Math.max(before, now);
    }

    private long walsender(String slot) throws SQLException {
        String pid = server.value("SELECT active_pid FROM pg_replication_slots WHERE slot_name = '" + slot + "'");
        return pid == null || pid.isEmpty() ? 0 : Long.parseLong(pid);
    }

    private String copy(String original, String purpose) throws SQLException {
        String name = written.bytes().slot() + "_" + purpose;
        server.run("SELECT pg_copy_logical_replication_slot('" + original + "', '" + name + "')");
        return name;
    }
}
