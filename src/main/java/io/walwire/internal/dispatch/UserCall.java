package io.walwire.internal.dispatch;

import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.handler.Callback;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call of a handler's code: what fails, is tried again and is set aside as a whole.
 *
 * @param owner whose code it is
 * @param declaration which declaration of the owner's
 * @param kind what it is called for, for messages
 * @param callback the code
 * @param argument what it is called with
 * @param events the events in that
 */
record UserCall<E>(
        RegisteredHandler owner,
        String declaration,
        String kind,
        Callback<E> callback,
        E argument,
        List<? extends Event> events) {
    static <R extends Event> UserCall<List<R>> ofRun(
            RegisteredHandler owner, DeclaredCallback<List<R>> callback, String kind, List<R> run) {
        return new UserCall<>(owner, callback.declaration(), kind, callback.callback(), run, run);
    }

    static <R extends Event> UserCall<R> ofEvent(
            RegisteredHandler owner, DeclaredCallback<R> callback, String kind, R event) {
        return new UserCall<>(owner, callback.declaration(), kind, callback.callback(), event, List.of(event));
    }

    static UserCall<Transaction> ofTransaction(
            RegisteredHandler owner, DeclaredCallback<Transaction> callback, Transaction transaction) {
        return new UserCall<>(
                owner, callback.declaration(), "transaction", callback.callback(), transaction, transaction.events());
    }

    /** What it is called with, where that is a transaction. */
    @Nullable
    Transaction transaction() {
        return argument instanceof Transaction transaction ? transaction : null;
    }

    /** What it is called with, without any row's values. */
    String what() {
        if (argument instanceof List<?>) {
            return events.get(0) + (events.size() == 1 ? "" : " and " + (events.size() - 1) + " more");
        }
        return argument.toString();
    }
}
