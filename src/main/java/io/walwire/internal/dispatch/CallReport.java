package io.walwire.internal.dispatch;

import io.walwire.event.Event;
import io.walwire.event.Source;
import io.walwire.event.TransactionInfo;
import io.walwire.internal.listener.Listeners;
import io.walwire.listener.HandlerCall;
import io.walwire.listener.StartedCall;
import io.walwire.listener.WalwireListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reports the calls of one thread to listeners, one after another: the same object for each, so that a report makes no garbage.
 * A handler may make calls of its own within a call ({@code Walwire.process}), so that it is filled again before each report.
 */
final class CallReport implements HandlerCall, StartedCall, Consumer<WalwireListener> {
    private static final String NOBODY = "";

    private final Listeners listeners;
    private final CallGroup group;
    private String handler = NOBODY;
    private String kind = NOBODY;
    private @Nullable Source source;
    private List<? extends Event> given = List.of();
    private int events;
    private int attempt;
    private Outcome outcome = Outcome.SUCCEEDED;
    private long nanos;
    private @Nullable Throwable failure;

    CallReport(Listeners listeners) {
        this.listeners = listeners;
        this.group = new CallGroup(listeners);
    }

    /** That of this thread. */
    CallGroup group() {
        return group;
    }

    /** Reports that a call is about to be made; what it returns goes to {@link #ended}. */
    Listeners.@Nullable Traced started(UserCall<?> call, int which) {
        if (!listeners.isTracing()) {
            return null;
        }
        fill(call, which);
        given = call.events();
        try {
            return listeners.started(this);
        } finally {
            clear();
        }
    }

    /** Reports how a call has ended. */
    void ended(
            UserCall<?> call,
            int which,
            Outcome how,
            long took,
            @Nullable Throwable thrown,
            Listeners.@Nullable Traced traced) {
        fill(call, which);
        outcome = how;
        nanos = took;
        failure = thrown;
        try {
            listeners.ended(traced, this);
            listeners.each(this);
        } finally {
            clear();
        }
    }

    private void fill(UserCall<?> call, int which) {
        List<? extends Event> all = call.events();
        handler = call.owner().name();
        kind = call.kind();
        source = all.isEmpty() || call.transaction() != null ? null : source(all.get(0));
        events = all.size();
        attempt = which;
    }

    private static @Nullable Source source(Event event) {
        Source of = event.source();
        return of.table().isEmpty() ? null : of;
    }

    /** Keeps nothing of a user's in memory. */
    private void clear() {
        source = null;
        given = List.of();
        failure = null;
    }

    @Override
    public void accept(WalwireListener listener) {
        listener.onCall(this);
    }

    @Override
    public String handler() {
        return handler;
    }

    @Override
    public String kind() {
        return kind;
    }

    @Override
    public @Nullable String table() {
        return source == null ? null : source.qualifiedTable();
    }

    @Override
    public int events() {
        return events;
    }

    @Override
    public int attempt() {
        return attempt;
    }

    @Override
    public List<String> contexts(int atMost) {
        List<String> found = new ArrayList<>();
        TransactionInfo last = null;
        for (Event event : given) {
            TransactionInfo info = event.transaction();
            // reading the same one once more would cost its text once more
            if (info == null || (last != null && last.xid() == info.xid())) {
                continue;
            }
            String context = info.context();
            if (context != null) {
                found.add(context);
                last = info;
            }
            if (found.size() >= atMost) {
                break;
            }
        }
        return Collections.unmodifiableList(found);
    }

    @Override
    public Outcome outcome() {
        return outcome;
    }

    @Override
    public Duration duration() {
        return Duration.ofNanos(nanos);
    }

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public @Nullable Throwable failure() {
        return failure;
    }

    @Override
    public HandlerCall detach() {
        return new EndedCall(new EndedCall.Subject(handler, kind, table(), events), attempt, outcome, nanos, failure);
    }
}
