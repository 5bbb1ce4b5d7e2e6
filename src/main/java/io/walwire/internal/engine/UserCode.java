package io.walwire.internal.engine;

import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Interceptor;
import io.walwire.internal.checkpoint.Checkpoint;
import io.walwire.internal.dispatch.CallBoundary;
import io.walwire.internal.dispatch.Declarations;
import io.walwire.internal.listener.Listeners;
import io.walwire.sink.Sink;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an instance calls.
 *
 * @param handlers in the order in which they are called
 * @param policy of the handlers that have none of their own
 * @param interceptor what stands before the handlers
 * @param checkpoint where the position is kept beside the slot, or null
 * @param sink gets each transaction after the handlers, or null
 * @param onFailure called when a running instance has failed
 * @param listeners observe the instance
 */
public record UserCode(
        List<Registration> handlers,
        FailurePolicy policy,
        Interceptor interceptor,
        @Nullable Checkpoint checkpoint,
        @Nullable Sink sink,
        Consumer<WalwireException> onFailure,
        Listeners listeners) {
    /** What the name of a lambda's class holds, which changes with every start. */
    private static final String LAMBDA = "$$Lambda";

    /** The interceptor of an instance that was given none: passes everything on. */
    public static final Interceptor NO_INTERCEPTOR = (transaction, next) -> next.proceed(transaction);

    /** What stands around each call of a handler. */
    CallBoundary boundary() {
        return checkpoint == null ? CallBoundary.NONE : checkpoint;
    }

    /**
     * Asks all handlers what they listen to.
     *
     * @throws ConfigurationException with the problems of all handlers
     */
    List<Declarations> declared() {
        List<Declarations> all = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (Registration added : handlers) {
            try {
                all.add(declared(added));
            } catch (ConfigurationException e) {
                problems.addAll(e.problems());
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return all;
    }

    /**
     * Asks a handler what it listens to.
     *
     * @throws ConfigurationException if it does not go together with its policy, the checkpoint or the sink
     */
    Declarations declared(Registration added) {
        FailurePolicy own = Objects.requireNonNullElse(added.policy(), policy);
        int lambda = added.name().indexOf(LAMBDA);
        if (lambda >= 0 && keepsDeadLetters(own)) {
            throw new ConfigurationException(List.of("the handler that is a lambda in "
                    + added.name().substring(0, lambda)
                    + " has no name, but its failure policy keeps dead letters, which find their handler by its name;"
                    + " name it where it is added: handler(\"mails\", on -> ...)"));
        }
        Declarations declared = Declarations.of(added.handler(), added.name(), own);
        checkCommitted(declared);
        return declared;
    }

    /** What stores the position with a transaction's work has to be able to wait for that work. */
    private void checkCommitted(Declarations declared) {
        String what = declared.hasBatches() ? "a batch" : declared.hasAsync() ? "an asynchronous callback" : null;
        if (what == null) {
            return;
        }
        String instead = "; declare " + (declared.hasBatches() ? "onChanges(...)" : "onInsert(...) or the like")
                + " instead";
        if (checkpoint != null) {
            throw new ConfigurationException(List.of("handler " + declared.name() + " declares " + what
                    + (declared.hasBatches()
                            ? ", but a JdbcCheckpoint commits each transaction alone, and the call of a batch has events of several"
                            : ", but a JdbcCheckpoint may commit the position before that work is done")
                    + instead));
        }
        if (sink != null) {
            throw new ConfigurationException(List.of("handler " + declared.name() + " declares " + what
                    + ", but the sink " + sink
                    + " gets a transaction when its handlers have returned, which may be before "
                    + (declared.hasBatches() ? "the batch is called" : "its work is done") + instead));
        }
    }

    private static boolean keepsDeadLetters(FailurePolicy policy) {
        return policy.after(new Throwable(), Integer.MAX_VALUE) instanceof FailurePolicy.HandOver;
    }

    /**
     * A handler.
     *
     * @param handler asked what it listens to
     * @param name its name in messages and dead letters
     * @param policy its own failure policy; null for the instance's
     */
    public record Registration(
            EventHandler handler, String name, @Nullable FailurePolicy policy) {
        /**
         * A handler that has a name of its own.
         *
         * @param handler asked what it listens to
         * @param policy its own failure policy; null for the instance's
         */
        public Registration(EventHandler handler, @Nullable FailurePolicy policy) {
            this(handler, handler.handlerName(), policy);
        }

        /** Checks the name. */
        public Registration {
            Objects.requireNonNull(handler, "handler");
            if (name.isBlank()) {
                throw new IllegalArgumentException("The name of handler "
                        + handler.getClass().getName() + " is blank; it is shown in messages and dead letters");
            }
        }
    }
}
