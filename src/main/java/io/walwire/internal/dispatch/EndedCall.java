package io.walwire.internal.dispatch;

import io.walwire.event.Event;
import io.walwire.listener.HandlerCall;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One attempt at a call, for listeners. Holds no event, so that a listener may keep it. */
record EndedCall(
        Subject subject,
        int attempt,
        Outcome outcome,
        Duration duration,
        @Nullable Throwable failure) implements HandlerCall {
    /** What was called, and on what. */
    record Subject(String handler, String kind, @Nullable String table, int events) {
        static Subject of(UserCall<?> call) {
            List<? extends Event> events = call.events();
            return new Subject(
                    call.owner().name(),
                    call.kind(),
                    events.isEmpty() || call.transaction() != null ? null : table(events.get(0)),
                    events.size());
        }

        private static @Nullable String table(Event event) {
            return event.source().table().isEmpty()
                    ? null
                    : event.source().schema() + "." + event.source().table();
        }
    }

    @Override
    public String handler() {
        return subject.handler();
    }

    @Override
    public String kind() {
        return subject.kind();
    }

    @Override
    public @Nullable String table() {
        return subject.table();
    }

    @Override
    public int events() {
        return subject.events();
    }
}
