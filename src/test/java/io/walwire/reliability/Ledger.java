package io.walwire.reliability;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What the client processes said, line by line in a file, and what was done to them. The first character says what. */
final class Ledger implements AutoCloseable {
    /** A delivered event: the {@link Change}, and what the instance itself had confirmed when it was delivered. */
    static final char EVENT = 'E';

    /** An instance streams: what the server had confirmed before. */
    static final char LIFE = 'L';

    /** What the server has confirmed at some moment; all events that were handled before it stand before it. */
    static final char CONFIRMED = 'C';

    /** Continuity was lost: from where to where. */
    static final char GAP = 'G';

    /** A fault was inflicted. */
    static final char FAULT = 'A';

    /** An order to the handler was carried out. */
    static final char DONE = 'F';

    /** Something that must not happen. */
    static final char TROUBLE = 'X';

    /** Where an event's line has the key: behind type, position, index, kind and table. */
    private static final int KEY = 5;

    private final Path file;
    private final BufferedWriter writer;
    private final Map<String, Integer> counts = new HashMap<>();

    Ledger(Path file) throws IOException {
        this.file = file;
        Files.createDirectories(file.resolveSibling(""));
        this.writer = Files.newBufferedWriter(file);
    }

    synchronized void add(String line) {
        try {
            writer.write(line);
            writer.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        counts.merge(subject(line), 1, Integer::sum);
        notifyAll();
    }

    /** What is counted: the type, of an order which one, and of fences which one. */
    private static String subject(String line) {
        return switch (line.charAt(0)) {
            case DONE -> line;
            case EVENT -> line.contains("\t" + Tables.FENCE + "\t") ? fence(line.split("\t", -1)[KEY]) : "E";
            default -> line.substring(0, 1);
        };
    }

    /** The row of this number in the table that ends a test. */
    static String fence(String number) {
        return "E\t" + Tables.FENCE + "\t" + number;
    }

    synchronized int count(String subject) {
        return counts.getOrDefault(subject, 0);
    }

    /** Whether something came about that must not: the history is as good as judged. */
    boolean isTroubled() {
        return count(String.valueOf(TROUBLE)) > 0;
    }

    /** Waits until there are more than so many of a kind; false if there are not in time, or something must not have come about. */
    synchronized boolean awaitMore(String subject, int than, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (count(subject) <= than) {
            long left = deadline - System.nanoTime();
            if (left <= 0 || isTroubled()) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    /** Where everything so far can be read. */
    synchronized Path flushed() throws IOException {
        writer.flush();
        return file;
    }

    @Override
    public synchronized void close() throws IOException {
        writer.close();
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
