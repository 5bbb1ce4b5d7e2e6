package io.walwire;

import io.walwire.event.Event;
import io.walwire.handler.Callback;
import io.walwire.testing.Recorder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** User code that leaves a line for each attempt, and throws at the first ones of an argument. */
final class Flaky {
    static final int ALWAYS = Integer.MAX_VALUE;

    private final Trail trail;
    private final int failures;
    private final Map<String, Integer> attempts = new ConcurrentHashMap<>();
    private final Recorder<Exception> thrown = new Recorder<>();
    private Predicate<String> chosen = line -> true;

    Flaky(Trail trail, int failures) {
        this.trail = trail;
        this.failures = failures;
    }

    /** Fails only at arguments whose line holds this. */
    Flaky at(String part) {
        chosen = line -> line.contains(part);
        return this;
    }

    <E extends Event> Callback<List<E>> runs(String label) {
        Callback<List<E>> leaving = trail.runs(label);
        return events -> {
            leaving.on(events);
            attempt(String.join(" ", events.stream().map(Trail::line).toList()));
        };
    }

    <E extends Event> Callback<E> events(String label) {
        return event -> {
            trail.add(label + ": " + Trail.line(event));
            attempt(Trail.line(event));
        };
    }

    /** For any argument, which is identified by its text. */
    <E> Callback<E> any(String label) {
        return argument -> {
            trail.add(label);
            attempt(argument.toString());
        };
    }

    private void attempt(String line) throws Exception {
        if (chosen.test(line) && attempts.merge(line, 1, Integer::sum) <= failures) {
            Exception exception = new java.io.IOException("no mail today");
            thrown.add(exception);
            throw exception;
        }
    }

    /** What was thrown, in order. */
    Recorder<Exception> thrown() {
        return thrown;
    }
}
