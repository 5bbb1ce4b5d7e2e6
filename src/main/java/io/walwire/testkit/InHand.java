package io.walwire.testkit;

import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.handler.Interceptor;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Remembers what handlers are busy with, for the failure of a test that waits for them in vain. Shows no values. */
final class InHand implements Interceptor {
    private static final int MOST_FRAMES = 25;

    private volatile @Nullable Busy busy;

    /**
     * One transaction that was begun.
     *
     * @param transaction the transaction
     * @param thread where handlers run
     * @param since {@link System#nanoTime}
     */
    private record Busy(Transaction transaction, Thread thread, long since) {}

    @Override
    public void intercept(Transaction transaction, Next next) throws Exception {
        busy = new Busy(transaction, Thread.currentThread(), System.nanoTime());
        try {
            next.proceed(transaction);
        } finally {
            busy = null;
        }
    }

    /** Empty if nothing is in hand. */
    String describe() {
        Busy now = busy;
        if (now == null) {
            return "";
        }
        String time = Duration.ofNanos(System.nanoTime() - now.since).toMillis() + " ms";
        return "\n  in hand for " + time + ": transaction " + now.transaction.xid() + " with "
                + contents(now.transaction) + "\n  its handlers' thread is at"
                + Stream.of(now.thread.getStackTrace())
                        .limit(MOST_FRAMES)
                        .map(frame -> "\n    " + frame)
                        .collect(Collectors.joining());
    }

    private static String contents(Transaction transaction) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (Event event : transaction.events()) {
            String table = event.name() == null ? "" : ' ' + event.source().qualifiedTable();
            counts.merge(event.kind().jsonName() + table, 1, Integer::sum);
        }
        return counts.entrySet().stream()
                .map(each -> each.getValue() + " x " + each.getKey())
                .collect(Collectors.joining(", "));
    }
}
