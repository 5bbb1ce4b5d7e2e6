package io.walwire.internal.dispatch;

import io.walwire.listener.HandlerCall;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One attempt at a call, for a listener to keep. Holds no event. */
record EndedCall(
        Subject subject,
        int attempt,
        Outcome outcome,
        long nanos,
        @Nullable Throwable failure) implements HandlerCall {
    /** What was called, and on what. */
    record Subject(String handler, String kind, @Nullable String table, int events) {}

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

    @Override
    public Duration duration() {
        return Duration.ofNanos(nanos);
    }

    @Override
    public HandlerCall detach() {
        return this;
    }
}
