package io.walwire.testkit;

import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.handler.Interceptor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What handlers have got and returned from, in order. */
final class Delivered implements Interceptor, EventHandler {
    private final List<Event> events = new ArrayList<>();
    private final List<Transaction> transactions = new ArrayList<>();
    private final Interceptor between;

    Delivered(Interceptor between) {
        this.between = between;
    }

    @Override
    public void intercept(Transaction transaction, Next next) throws Exception {
        between.intercept(transaction, handled -> {
            next.proceed(handled);
            add(handled);
        });
    }

    private synchronized void add(Transaction transaction) {
        transactions.add(transaction);
        events.addAll(transaction.events());
    }

    /** What is outside of transactions. */
    @Override
    public void define(Handlers on) {
        on.onGap(this::add);
        on.onMessage(event -> {
            if (!event.message().transactional()) {
                add(event);
            }
        });
    }

    private synchronized void add(Event event) {
        events.add(event);
    }

    /** Events that are in no transaction. */
    synchronized void add(List<Event> more) {
        events.addAll(more);
    }

    synchronized List<Event> events() {
        return List.copyOf(events);
    }

    synchronized List<Event> events(String schema, String table) {
        return events.stream().filter(event -> isOf(event, schema, table)).toList();
    }

    private static boolean isOf(Event event, String schema, @Nullable String table) {
        return event.source().schema().equals(schema) && event.source().table().equals(table);
    }

    synchronized List<Transaction> transactions() {
        return List.copyOf(transactions);
    }

    synchronized void forget() {
        events.clear();
        transactions.clear();
    }
}
