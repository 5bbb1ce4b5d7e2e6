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
 * @param failover whether it is to be made one that the server brings to its standbys
 * @param loss what is lost with the slot that this one replaces; null if it replaces none
 * @param copyOf the temporary slot of another connection that it is to go on from, or null
 */
public record SlotRequest(
        String name,
        boolean temporary,
        boolean create,
        Lsn confirmed,
        boolean failover,
        @Nullable Loss loss,
        @Nullable String copyOf) {
    /**
     * A slot that ends with its connection.
     *
     * @param name its name
     * @param loss why what lies before it was given up; null if the slot before ended with its connection, or there was none
     */
    public static SlotRequest temporary(String name, @Nullable Loss loss) {
        return new SlotRequest(name, true, true, Lsn.ZERO, false, loss, null);
    }

    /**
     * A slot that is there.
     *
     * @param name its name
     * @param confirmed what it last confirmed
     * @param failover whether it is to be made a failover slot
     * @param loss what is lost with the one that it replaced when no stream came of it, or null
     */
    public static SlotRequest existing(String name, Lsn confirmed, boolean failover, @Nullable Loss loss) {
        return new SlotRequest(name, false, false, confirmed, failover, loss, null);
    }

    /**
     * A durable slot to create.
     *
     * @param name its name
     * @param failover whether it is to be a failover slot
     * @param loss what is lost with the one that it replaces, or null
     */
    public static SlotRequest durable(String name, boolean failover, @Nullable Loss loss) {
        return new SlotRequest(name, false, true, Lsn.ZERO, failover, loss, null);
    }

    /**
     * A temporary slot that goes on from another one, which still lives.
     *
     * @param name its name, valid for PostgreSQL
     * @param other the name of the other
     * @return to be copied
     */
    public static SlotRequest copy(String name, String other) {
        return new SlotRequest(name, true, false, Lsn.ZERO, false, null, other);
    }

    /**
     * What a slot takes with it.
     *
     * @param from the last position that it confirmed; null if nobody knows
     * @param reason for people
     */
    public record Loss(@Nullable Lsn from, String reason) {}
}
