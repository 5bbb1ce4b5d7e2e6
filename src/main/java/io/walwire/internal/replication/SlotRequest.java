package io.walwire.internal.replication;

import io.walwire.event.Lsn;
import org.jspecify.annotations.Nullable;

/**
 * The slot to stream from.
 *
 * @param name its name, valid for PostgreSQL
 * @param temporary whether it ends with its connection; then it is always created
 * @param create whether it is to be created
 * @param confirmed what it last confirmed, {@link Lsn#ZERO} where it is created
 * @param copyOf the temporary slot of another connection that it is to go on from, or null
 */
public record SlotRequest(
        String name,
        boolean temporary,
        boolean create,
        Lsn confirmed,
        @Nullable String copyOf) {
    /** One that goes on from nothing but itself. */
    public SlotRequest(String name, boolean temporary, boolean create, Lsn confirmed) {
        this(name, temporary, create, confirmed, null);
    }

    /**
     * A temporary slot that goes on from another one, which still lives.
     *
     * @param name its name, valid for PostgreSQL
     * @param other the name of the other
     * @return to be copied
     */
    public static SlotRequest copy(String name, String other) {
        return new SlotRequest(name, true, false, Lsn.ZERO, other);
    }
}
