package io.walwire.internal.engine;

import io.walwire.deadletter.Replay;
import io.walwire.deadletter.StoredLetter;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.concurrent.ThrowingRunnable;
import io.walwire.internal.dispatch.Dispatcher;
import io.walwire.internal.letter.LetterStore;
import io.walwire.internal.log.Logs;
import io.walwire.internal.transaction.StoredEvents;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Dead letters to the handlers of their names, the oldest first; what succeeds is removed. */
final class Replays {
    private static final Logger LOG = Logs.of(Replays.class);

    private final String instance;
    private final Dispatcher dispatcher;
    private final WorkBoundary boundary;

    Replays(String instance, Dispatcher dispatcher, WorkBoundary boundary) {
        this.instance = instance;
        this.dispatcher = dispatcher;
        this.boundary = boundary;
    }

    /** Calls handlers with what has no position in the stream. */
    static void alone(WorkBoundary boundary, ThrowingRunnable<InterruptedException> calls) throws InterruptedException {
        try {
            boundary.alone(calls::run);
        } catch (InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(
                    "Handlers threw " + e.getClass().getName()
                            + ", which is neither a WalwireException nor an InterruptedException",
                    e);
        }
    }

    /** Goes on after a letter that fails again, and ends when the instance does. */
    Replay run(LetterStore store, Predicate<StoredLetter> wanted) throws InterruptedException {
        long replayed = 0;
        long kept = 0;
        List<Replay.Kept> reasons = new ArrayList<>();
        try (Stream<LetterStore.Stored> letters = store.stream()) {
            for (Iterator<LetterStore.Stored> i = letters.iterator(); i.hasNext(); ) {
                LetterStore.Stored stored = i.next();
                if (!wanted.test(stored.letter())) {
                    continue;
                }
                String reason = failure(stored);
                if (reason == null) {
                    store.remove(List.of(stored.letter().id()));
                    replayed++;
                } else {
                    kept++;
                    LOG.warn("Kept: {}: {}", stored.letter(), reason);
                    if (reasons.size() < Replay.MAX_REASONS) {
                        reasons.add(new Replay.Kept(stored.letter().id(), reason));
                    }
                }
            }
        }
        if (replayed > 0) {
            store.compact();
        }
        return new Replay(replayed, kept, reasons);
    }

    /** Why a letter stays; null if it is done. */
    private @Nullable String failure(LetterStore.Stored stored) throws InterruptedException {
        StoredLetter letter = stored.letter();
        if (!letter.instance().equals(instance)) {
            return "it is of the instance " + letter.instance() + ", and walwire.name is " + instance;
        }
        try {
            StoredEvents.Restored events = StoredEvents.read(stored.payload().bytes());
            AtomicBoolean called = new AtomicBoolean();
            alone(boundary, () -> called.set(dispatcher.replay(letter.handler(), letter.declaration(), events)));
            return called.get()
                    ? null
                    : "there is no handler " + letter.handler() + " that declares anything like "
                            + letter.declaration();
        } catch (WalwireException e) {
            if (e.code() == ErrorCode.CLOSED) {
                throw e;
            }
            return e.getMessage();
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }
}
