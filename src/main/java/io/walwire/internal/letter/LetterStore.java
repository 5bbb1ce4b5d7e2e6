package io.walwire.internal.letter;

import io.walwire.deadletter.StoredLetter;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/** Where letters are kept. Safe for several threads and processes. */
public interface LetterStore {
    /**
     * A letter, and how to read what is replayed.
     *
     * @param letter what is known of it
     * @param payload the bytes of {@code StoredEvents}
     */
    record Stored(StoredLetter letter, Payload payload) {}

    /** Bytes that were read already. */
    @FunctionalInterface
    interface Payload {
        /** The bytes. */
        byte[] bytes();
    }

    /**
     * Keeps letters, durably when it returns; those that are kept already are not kept twice.
     *
     * @param letters together: all of them or none is kept by a table, a file may have kept the first ones after a crash
     */
    void keep(List<NewLetter> letters);

    /**
     * All letters, the oldest first, read as the stream goes on.
     *
     * @return to be closed
     */
    Stream<Stored> stream();

    /**
     * Removes letters, durably when it returns.
     *
     * @param ids those that are not there are left out
     * @return how many were there
     */
    int remove(Collection<String> ids);

    /** Gives back the space of what was removed. */
    void compact();

    /** Makes sure that letters can be kept, as far as that can be known beforehand. */
    void check();
}
