package io.walwire.handler;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What happens when a handler's callback throws. Immutable; set for an instance by {@code WalwireBuilder.failurePolicy} and for
 * one handler where it is added. An instance without one has {@code retry(5, 200 ms, 30 s).thenStop()}.
 *
 * <p>A policy is about one call: of a callback with one run, of a function or a per-event callback with one event, of a
 * transaction, message or gap callback with its argument. Only that call is made again, never one that succeeded, and what
 * comes after it waits. A callback should therefore do nothing twice that it may not do twice: {@code Event.id()} identifies an event.
 * While it waits the connection lives; closing the instance ends the wait, and leaves the transaction unconfirmed.
 *
 * <p>A row that does not become the record of its declaration fails the call that asks for it.
 *
 * <p>Whatever the policy, an {@link InterruptedException} stops the instance, and so does a filter that throws and an
 * {@link Interceptor} that throws. So do a {@link VirtualMachineError} other than a {@link StackOverflowError}, such as an {@link OutOfMemoryError}, and a
 * {@link LinkageError}, such as a {@link NoClassDefFoundError}, unless {@link #retriable} names them: they say that the
 * application is broken, not the event.
 */
public final class FailurePolicy {
    /** What no other attempt and no other event will do better. */
    private static final Set<Class<? extends Throwable>> FATAL_BY_DEFAULT =
            Set.of(VirtualMachineError.class, LinkageError.class);

    private final Terms terms;

    /** What makes two policies equal; of exceptions, null is any. */
    private record Terms(
            int times,
            Duration first,
            Duration most,
            Decision end,
            Set<Class<? extends Throwable>> fatal,
            @Nullable Set<Class<? extends Throwable>> retriable) {}

    /** What to do after a failed attempt. */
    public sealed interface Decision {}

    /**
     * To try again.
     *
     * @param delay how long to wait first; between half of it and the whole is waited, so that not all try at once
     */
    public record Retry(Duration delay) implements Decision {}

    /** To stop the instance, with the transaction unconfirmed. */
    public record Stop() implements Decision {}

    /** To go on as if the call had succeeded. */
    public record Skip() implements Decision {}

    /**
     * To go on once the failed call is handed over.
     *
     * @param to called with it
     */
    public record HandOver(Callback<DeadLetter> to) implements Decision {}

    private FailurePolicy(Terms terms) {
        this.terms = terms;
    }

    /**
     * Stops the instance at the first failure. Nothing of the transaction is confirmed, and it comes again after a restart.
     *
     * @return the policy
     */
    public static FailurePolicy stop() {
        return once(new Stop());
    }

    /**
     * Logs the failed call at ERROR, and goes on as if it had succeeded: the handler never sees these events again.
     *
     * @return the policy
     */
    public static FailurePolicy skip() {
        return once(new Skip());
    }

    /**
     * Hands a failed call over at once, as {@link #thenDeadLetter}.
     *
     * @param to called with each failed call
     * @return the policy
     */
    public static FailurePolicy deadLetter(Callback<DeadLetter> to) {
        return once(new HandOver(Objects.requireNonNull(to, "to")));
    }

    private static FailurePolicy once(Decision end) {
        return new FailurePolicy(new Terms(0, Duration.ZERO, Duration.ZERO, end, Set.of(), null));
    }

    /**
     * Makes a failed call again after a wait that doubles each time, and stops when none succeeds, unless one of
     * {@link #thenSkip()} and {@link #thenDeadLetter} says otherwise.
     *
     * @param times how often, after the first attempt; 0 for never
     * @param first the wait before the first retry; between half of it and the whole is waited
     * @param most what no wait exceeds
     * @return the policy
     * @throws IllegalArgumentException if {@code times} is negative, a duration is not positive, or {@code first} is longer
     *     than {@code most}
     */
    public static FailurePolicy retry(int times, Duration first, Duration most) {
        if (times < 0) {
            throw new IllegalArgumentException("times is " + times + "; it is how often to try again, 0 for never");
        }
        requirePositive(first, "first");
        requirePositive(most, "most");
        if (first.compareTo(most) > 0) {
            throw new IllegalArgumentException("first is " + first + " and most is " + most
                    + "; the first wait cannot be longer than the longest");
        }
        return new FailurePolicy(new Terms(times, first, most, new Stop(), Set.of(), null));
    }

    private static void requirePositive(Duration duration, String name) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(name + " is " + duration + "; a wait must be longer than zero");
        }
    }

    /**
     * Stops the instance when no retry is left, as {@link #stop()}.
     *
     * @return a policy that ends so
     */
    public FailurePolicy thenStop() {
        return ending(new Stop());
    }

    /**
     * Skips the call when no retry is left, as {@link #skip()}.
     *
     * @return a policy that ends so
     */
    public FailurePolicy thenSkip() {
        return ending(new Skip());
    }

    /**
     * Hands the call over when no retry is left, logs it at ERROR, and goes on. The callback runs where the failed call ran:
     * on the handler thread, or for a function or a lane on its thread, side by side with others. It has to make what it gets
     * durable before it returns; if it throws, the instance stops and confirms nothing.
     *
     * @param to called with each failed call
     * @return a policy that ends so
     */
    public FailurePolicy thenDeadLetter(Callback<DeadLetter> to) {
        return ending(new HandOver(Objects.requireNonNull(to, "to")));
    }

    private FailurePolicy ending(Decision end) {
        return new FailurePolicy(new Terms(terms.times, terms.first, terms.most, end, terms.fatal, terms.retriable));
    }

    /**
     * Exceptions after which the instance stops at once: they are neither retried nor skipped nor handed over.
     *
     * @param exceptions in addition to those named before; subclasses too, but not as the cause of another
     * @return a policy that minds them
     * @throws IllegalArgumentException if none is named
     */
    @SafeVarargs
    public final FailurePolicy fatal(Class<? extends Throwable>... exceptions) {
        return new FailurePolicy(new Terms(
                terms.times, terms.first, terms.most, terms.end, with(terms.fatal, exceptions), terms.retriable));
    }

    /**
     * The only exceptions that are retried. After any other the policy's end comes at once: stop, skip or hand over. One that
     * is also {@link #fatal} is fatal. A {@link VirtualMachineError} or {@link LinkageError} that is named here is retried, and
     * is not fatal.
     *
     * @param exceptions in addition to those named before; subclasses too, but not as the cause of another
     * @return a policy that minds them
     * @throws IllegalArgumentException if none is named
     */
    @SafeVarargs
    public final FailurePolicy retriable(Class<? extends Throwable>... exceptions) {
        Set<Class<? extends Throwable>> before = terms.retriable == null ? Set.of() : terms.retriable;
        return new FailurePolicy(
                new Terms(terms.times, terms.first, terms.most, terms.end, terms.fatal, with(before, exceptions)));
    }

    @SafeVarargs
    private static Set<Class<? extends Throwable>> with(
            Set<Class<? extends Throwable>> before, Class<? extends Throwable>... more) {
        if (more.length == 0) {
            throw new IllegalArgumentException("No exception is named");
        }
        Set<Class<? extends Throwable>> all = new LinkedHashSet<>(before);
        for (Class<? extends Throwable> type : more) {
            all.add(Objects.requireNonNull(type, "exception"));
        }
        return all;
    }

    /**
     * What to do now. For tests of a policy; Walwire asks it after each failure.
     *
     * @param thrown what the attempt threw
     * @param attempts how many attempts were made, at least 1
     * @return the decision, the same whenever asked the same
     */
    public Decision after(Throwable thrown, int attempts) {
        boolean isNamed = terms.retriable != null && isOneOf(terms.retriable, thrown);
        if (thrown instanceof InterruptedException
                || isOneOf(terms.fatal, thrown)
                || (!isNamed && isFatalByDefault(thrown))) {
            return new Stop();
        }
        if (attempts > terms.times || (terms.retriable != null && !isNamed)) {
            return terms.end;
        }
        return new Retry(waitAfter(attempts));
    }

    /** One row with a deeply nested value is enough for a stack overflow: that is the event's. */
    private static boolean isFatalByDefault(Throwable thrown) {
        return isOneOf(FATAL_BY_DEFAULT, thrown) && !(thrown instanceof StackOverflowError);
    }

    private static boolean isOneOf(Set<Class<? extends Throwable>> classes, Throwable thrown) {
        return classes.stream().anyMatch(type -> type.isInstance(thrown));
    }

    private Duration waitAfter(int attempts) {
        Duration wait = terms.first;
        // halving the bound instead of doubling the wait cannot overflow
        for (int i = 1; i < attempts; i++) {
            if (wait.compareTo(terms.most.dividedBy(2)) > 0) {
                return terms.most;
            }
            wait = wait.multipliedBy(2);
        }
        return wait;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FailurePolicy policy && policy.terms.equals(terms);
    }

    @Override
    public int hashCode() {
        return terms.hashCode();
    }

    @Override
    public String toString() {
        return "FailurePolicy[retries " + terms.times
                + (terms.times == 0 ? "" : ", waits " + terms.first + " to " + terms.most)
                + ", then " + terms.end.getClass().getSimpleName()
                + (terms.fatal.isEmpty() ? "" : ", fatal " + names(terms.fatal))
                + (terms.retriable == null ? "" : ", retriable " + names(terms.retriable)) + "]";
    }

    private static String names(Set<Class<? extends Throwable>> classes) {
        return classes.stream().map(Class::getName).collect(Collectors.joining(", "));
    }
}
