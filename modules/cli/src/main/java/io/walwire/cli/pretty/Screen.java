package io.walwire.cli.pretty;

import java.io.PrintStream;
import java.util.List;

/** Lines, and on a terminal one line below them that is drawn again in its place. Thread-safe. */
public final class Screen {
    private static final String ERASE = "\r\u001B[K";

    private final PrintStream out;
    private final boolean isTerminal;
    private String status = "";

    /**
     * A screen.
     *
     * @param isTerminal whether a line can be drawn again
     */
    public Screen(PrintStream out, boolean isTerminal) {
        this.out = out;
        this.isTerminal = isTerminal;
    }

    /** Whether a line can be drawn again. */
    public boolean isTerminal() {
        return isTerminal;
    }

    /** Prints lines above the status. */
    public synchronized void print(List<String> lines) {
        out.print(erased() + String.join("\n", lines) + "\n" + status);
        out.flush();
    }

    /** Shows a status in place of the former; an empty one removes it. Does nothing where it is no terminal. */
    public synchronized void status(String now) {
        if (isTerminal && !now.equals(status)) {
            out.print(erased() + now);
            out.flush();
            status = now;
        }
    }

    private String erased() {
        return status.isEmpty() ? "" : ERASE;
    }
}
