package io.walwire.cli.pretty;

import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.TransactionInfo;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One event after another, with a line before each transaction's first. For one thread at a time. */
public final class PrettyLines {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneId.systemDefault());

    private final Palette palette;
    private final ChangeLine line;
    private long lastXid;
    private @Nullable Instant lastTime;

    /**
     * Lines.
     *
     * @param palette the colours
     */
    public PrettyLines(Palette palette) {
        this.palette = palette;
        this.line = new ChangeLine(palette);
    }

    /**
     * The next event.
     *
     * @param event any event
     * @return its line, after that of its transaction if it is the first
     */
    public String of(Event event) {
        String change = line.of(event);
        TransactionInfo transaction = event.transaction();
        if (transaction == null
                || (transaction.xid() == lastXid && transaction.timestamp().equals(lastTime))) {
            return change;
        }
        lastXid = transaction.xid();
        lastTime = transaction.timestamp();
        if (event.kind() == Kind.READ || event.kind() == Kind.BACKFILLED) {
            return palette.dim(TIME.format(lastTime) + "  existing rows as of " + transaction.commitLsn())
                    + '\n'
                    + change;
        }
        // the trigger source knows no position in the log
        String position = transaction.commitLsn() == null ? "" : "  commit " + transaction.commitLsn();
        return palette.dim(TIME.format(lastTime) + "  xid " + lastXid + position) + '\n' + change;
    }
}
