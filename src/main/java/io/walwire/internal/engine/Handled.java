package io.walwire.internal.engine;

import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.internal.listener.Listeners;
import io.walwire.internal.transaction.TransactionPart;
import java.util.List;
import java.util.function.Consumer;

/** Counts what is handled, reports it to listeners and confirms its position. Used by one thread at a time. */
final class Handled {
    private final Positions positions;
    private final Consumer<Lsn> confirm;
    private final Listeners listeners;

    /** Used again for each report, so that reports make no garbage. */
    private final CountedEvents run = new CountedEvents();

    private final CountedTransaction whole = new CountedTransaction();

    /** The events of the transaction whose parts are being handled. */
    private long events;

    private Lsn position = Lsn.ZERO;

    Handled(Positions positions, Consumer<Lsn> confirm, Listeners listeners) {
        this.positions = positions;
        this.confirm = confirm;
        this.listeners = listeners;
    }

    /** Whether everything up to a position, and what lies there, is handled. */
    boolean isBehind(Lsn position) {
        return position.isBefore(positions.handled());
    }

    void part(TransactionPart part) {
        positions.count(part.isLast(), part.events().size());
        if (listeners.isEmpty()) {
            return;
        }
        report(part.events());
        if (!part.place().equals(position)) {
            position = part.place();
            events = 0; // another one may never have ended
        }
        events += part.events().size();
        Lsn end = part.end();
        if (part.isLast() && end != null) {
            position = Lsn.ZERO;
            listeners.each(whole.of(part, end, events));
        }
    }

    private void report(List<Event> handled) {
        int i = 0;
        while (i < handled.size()) {
            run.begin(handled.get(i++));
            while (i < handled.size() && run.takes(handled.get(i))) {
                i++;
            }
            listeners.each(run);
        }
    }

    /** Rows that were read are counted and reported, and confirm nothing. */
    void reads(TransactionPart rows) {
        positions.count(false, rows.events().size());
        if (!listeners.isEmpty()) {
            report(rows.events());
        }
    }

    void confirm(Lsn end) {
        confirm.accept(end);
    }
}
