package io.walwire.testing;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Processes of a server that are stopped by a signal: they keep their connections and do nothing, until this is closed. */
public final class Suspended implements AutoCloseable {
    private final List<String> pids;

    private Suspended(Stream<ProcessHandle> processes) {
        this.pids = processes.map(process -> Long.toString(process.pid())).toList();
        try {
            signal("-STOP");
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Stops one process of a server. */
    public static Suspended one(PostgresServer server, int pid) {
        return new Suspended(server.postmaster().children().filter(child -> child.pid() == pid));
    }

    /** Stops all processes of a server, the one that accepts connections first. */
    public static Suspended all(PostgresServer server) {
        ProcessHandle postmaster = server.postmaster();
        return new Suspended(Stream.concat(Stream.of(postmaster), postmaster.descendants()));
    }

    /** Stops one process, whatever it is. */
    public static Suspended process(ProcessHandle process) {
        return new Suspended(Stream.of(process));
    }

    private void signal(String signal) {
        if (pids.isEmpty()) {
            throw new IllegalStateException("There is no such process");
        }
        try {
            Process kill = new ProcessBuilder(Stream.concat(Stream.of("kill", signal), pids.stream())
                            .toList())
                    .inheritIO()
                    .start();
            if (!kill.waitFor(120, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new IllegalStateException("kill " + signal + " failed for one of " + pids);
            }
        } catch (IOException e) {
            throw new IllegalStateException("Signals are sent by the command kill", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", e);
        }
    }

    /** The processes go on. */
    @Override
    public void close() {
        if (!pids.isEmpty()) {
            signal("-CONT");
        }
    }
}
