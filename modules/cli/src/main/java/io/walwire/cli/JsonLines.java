package io.walwire.cli;

import io.walwire.event.Event;
import io.walwire.event.MessageEvent;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.internal.text.Printable;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Prints events, each as one line of JSON or as another text. A callback returns, and so confirms, only after its lines are
 * flushed; it throws where they cannot be, and where the number asked for is reached before the transaction's end.
 */
final class JsonLines implements EventHandler {
    private static final int BUFFER = 1 << 16;

    private final OutputStream out;
    private final long most;
    private final @Nullable Line line;
    private final VisibleLine json = new VisibleLine();
    private final boolean withReads;
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private long written;
    private volatile boolean busy;
    private volatile long lastActivity = System.nanoTime();
    private volatile @Nullable IOException failure;

    /** An event as text. */
    @FunctionalInterface
    interface Line {
        /** What is printed as it is, so that values in it are escaped already; null for an event that is not printed. */
        @Nullable
        String of(Event event) throws Exception;
    }

    /**
     * Prints all events.
     *
     * @param out not {@code System.out}, which swallows errors
     * @param most how many events to print
     */
    JsonLines(OutputStream out, long most) {
        this(out, most, false, null);
    }

    /**
     * Prints some events.
     *
     * @param out not {@code System.out}, which swallows errors
     * @param most how many events to print
     * @param withReads whether existing rows are printed, where a backfill reads them
     * @param line which, and how; null for all as JSON
     */
    JsonLines(OutputStream out, long most, boolean withReads, @Nullable Line line) {
        this.out = new BufferedOutputStream(out, BUFFER);
        this.most = most;
        this.withReads = withReads;
        this.line = line;
    }

    @Override
    public void define(Handlers on) {
        on.onTransaction(this::print);
        on.onMessage(this::printAlone);
        on.onGap(gap -> print(List.of(gap)));
        if (withReads) {
            on.allTables().onReads(this::print).onBackfilled(event -> print(List.of(event)));
        }
    }

    private void print(Transaction transaction) throws Exception {
        print(transaction.events());
    }

    /** A message that belongs to a transaction is printed with it. */
    private void printAlone(MessageEvent event) throws Exception {
        if (!event.message().transactional()) {
            print(List.of(event));
        }
    }

    private void print(List<? extends Event> events) throws Exception {
        busy = true;
        long before = written;
        try {
            Iterator<? extends Event> left = events.iterator();
            while (written < most && left.hasNext()) {
                print(left.next());
            }
            out.flush();
            if (written == most) {
                end.complete(null);
                if (left.hasNext()) {
                    throw new EnoughException();
                }
            }
        } catch (IOException e) {
            failure = e;
            end.complete(null);
            throw e;
        } finally {
            if (written > before) {
                lastActivity = System.nanoTime();
            }
            busy = false;
        }
    }

    /** JSON without characters that a terminal would obey. */
    static String escaped(String json) {
        return Printable.of(json);
    }

    private void print(Event event) throws Exception {
        if (line == null) {
            event.writeJson(json);
            json.endLine(out);
        } else {
            String text = line.of(event);
            if (text == null) {
                return;
            }
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        out.write('\n');
        written++;
    }

    /** A line of JSON, of which no String is made unless it has to be escaped. Its array is kept for the next line. */
    private static final class VisibleLine extends ByteArrayOutputStream {
        void endLine(OutputStream out) throws IOException {
            if (Printable.isVisibleAscii(buf, count)) {
                writeTo(out);
            } else {
                out.write(escaped(toString(StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8));
            }
            reset();
            if (buf.length > BUFFER) {
                buf = new byte[BUFFER];
            }
        }
    }

    /** Completes when nothing more will be printed. */
    CompletableFuture<Void> end() {
        return end;
    }

    /** Why printing ended, or null if it did not fail. */
    @Nullable
    IOException failure() {
        return failure;
    }

    /** The nanoseconds since the last print; 0 during a print. */
    long idleNanos() {
        return busy ? 0 : System.nanoTime() - lastActivity;
    }

    /** Begins to count idleness again. */
    void touch() {
        lastActivity = System.nanoTime();
    }

    /** The only way for a callback to say that its transaction is not to be confirmed. */
    private static final class EnoughException extends Exception {
        private static final long serialVersionUID = 1L;

        EnoughException() {
            super("The number of events asked for is printed");
        }
    }
}
