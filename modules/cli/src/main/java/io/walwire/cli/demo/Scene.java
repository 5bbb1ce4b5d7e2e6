package io.walwire.cli.demo;

import io.walwire.cli.pretty.ChangeLine;
import io.walwire.cli.pretty.Palette;
import io.walwire.cli.pretty.Screen;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.handler.Interceptor;
import io.walwire.internal.concurrent.TimedWait;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Shows each transaction with what the handlers did about it, and keeps count. */
final class Scene implements EventHandler, Interceptor {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneId.systemDefault());

    private final Screen screen;
    private final Palette palette;
    private final ChangeLine line;
    private final List<String> actions = new ArrayList<>();
    private final Map<Kind, Long> events = new EnumMap<>(Kind.class);
    private final List<Long> latencies = new ArrayList<>();
    private long acted;

    Scene(Screen screen, Palette palette) {
        this.screen = screen;
        this.palette = palette;
        this.line = new ChangeLine(palette);
    }

    @Override
    public void define(Handlers on) {
        on.onTransaction(this::show);
    }

    /** Around all handlers: the clock is read before the first of them is called. */
    @Override
    public void intercept(Transaction transaction, Next next) throws Exception {
        long nanos = Duration.between(transaction.timestamp(), Instant.now()).toNanos();
        synchronized (this) {
            latencies.add(Math.max(nanos, 0));
        }
        next.proceed(transaction);
    }

    /** Prints an action of {@link ShopHandlers}. */
    synchronized void acted(String who, String what) {
        actions.add(palette.action("      » %-6s ".formatted(who)) + what);
    }

    private synchronized void show(Transaction transaction) {
        String latency = Summary.millis(latencies.get(latencies.size() - 1));
        List<String> lines = new ArrayList<>();
        lines.add(palette.dim("%s  xid %d  commit %s  %s later"
                .formatted(TIME.format(transaction.timestamp()), transaction.xid(), transaction.commitLsn(), latency)));
        for (Event event : transaction.events()) {
            events.merge(event.kind(), 1L, Long::sum);
            lines.add(line.of(event));
        }
        lines.addAll(actions);
        screen.print(lines);
        acted += actions.size();
        actions.clear();
        notifyAll();
    }

    /** Waits until so many transactions were shown; says whether they were. */
    synchronized boolean awaitTransactions(long count, Duration atMost) throws InterruptedException {
        return TimedWait.until(this, () -> latencies.size() >= count, atMost.toNanos());
    }

    /**
     * What was shown.
     *
     * @param reading what became of the rows that were there before
     */
    synchronized Summary summary(String reading) {
        return new Summary(Map.copyOf(events), List.copyOf(latencies), acted, reading);
    }
}
