package io.walwire.testkit;

import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.handler.Interceptor;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Remembers what handlers are busy with, for the failure of a test that waits for them in vain. Shows no values. */
final class InHand implements Interceptor {
    private static final int MAX_FRAMES = 25;

    private final Map<Thread, Busy> busy = new ConcurrentHashMap<>();

    /**
     * One transaction that was begun.
     *
     * @param transaction the transaction
     * @param since {@link System#nanoTime}
     */
    private record Busy(Transaction transaction, long since) {}

    @Override
    public void intercept(Transaction transaction, Next next) throws Exception {
        Thread thread = Thread.currentThread();
        busy.put(thread, new Busy(transaction, System.nanoTime()));
        try {
            next.proceed(transaction);
        } finally {
            busy.remove(thread);
        }
    }

    /** Empty if nothing is in hand. */
    String describe() {
        StringBuilder text = new StringBuilder();
        busy.forEach((thread, now) -> text.append("\n  in hand for ")
                .append(Duration.ofNanos(System.nanoTime() - now.since).toMillis())
                .append(" ms: transaction ")
                .append(now.transaction.xid())
                .append(" with ")
                .append(contents(now.transaction))
                .append("\n  its handlers' thread is at")
                .append(Stream.of(thread.getStackTrace())
                        .limit(MAX_FRAMES)
                        .map(frame -> "\n    " + frame)
                        .collect(Collectors.joining())));
        return text.toString();
    }

    private static String contents(Transaction transaction) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (Event event : transaction.events()) {
            String table =
                    event.source().table().isEmpty() ? "" : ' ' + event.source().qualifiedTable();
            counts.merge(event.kind().jsonName() + table, 1, Integer::sum);
        }
        return counts.entrySet().stream()
                .map(each -> each.getValue() + " x " + each.getKey())
                .collect(Collectors.joining(", "));
    }
}
