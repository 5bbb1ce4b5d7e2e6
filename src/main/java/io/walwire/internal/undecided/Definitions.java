package io.walwire.internal.undecided;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The last definitions that are in force outside of what is set aside. The server sends one only once, so that none is
 * forgotten as long as the stream lasts: as a frame, of some hundred bytes.
 */
final class Definitions {
    private final Map<Integer, Definition> inForce = new HashMap<>();
    private long arrivals;

    /** The last definition of a table; null if there is none. */
    @Nullable
    Definition get(int oid) {
        return inForce.get(oid);
    }

    /** A definition that arrives now, and is not in force yet. */
    Definition arrived(byte[] relation) {
        return new Definition(arrivals++, relation);
    }

    /** From now on this is in force. */
    void put(Definition definition) {
        inForce.put(definition.oid(), definition);
    }

    /**
     * A definition that was set aside is passed on now, and is in force from now on, unless a later one is.
     *
     * @return whether another one, which arrived later, has to be passed on after the transaction: the server will not send it
     *     again
     */
    boolean isOutdated(Definition replayed) {
        Definition known = inForce.get(replayed.oid());
        if (known == null || known.arrival() < replayed.arrival()) {
            put(replayed);
            return false;
        }
        return !Arrays.equals(known.frame(), replayed.frame());
    }
}
