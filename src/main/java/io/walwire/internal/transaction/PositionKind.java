package io.walwire.internal.transaction;

import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.event.TransactionId;
import org.jspecify.annotations.Nullable;

/**
 * Which positions the users of a source see. Inside, each source's positions are the numbers of an {@link Lsn}, so that what orders
 * and stores them is the same for all. They become what they are where they leave: in events, in the status and for listeners.
 */
public enum PositionKind {
    /** Positions in PostgreSQL's log. */
    LOG {
        @Override
        public Position of(Lsn position) {
            return position;
        }
    },
    /** Transaction ids, of a source that reads no log. */
    TRANSACTION_ID {
        @Override
        public Position of(Lsn position) {
            return new TransactionId(position.value());
        }
    };

    /** What users see of a position. */
    public abstract Position of(Lsn position);

    /** What users see of a gap. */
    public Gap of(Gap gap) {
        return this == LOG ? gap : new Gap(seen(gap.from()), seen(gap.to()), gap.reason());
    }

    private @Nullable Position seen(@Nullable Position position) {
        Lsn inside = inside(position);
        return inside == null ? null : of(inside);
    }

    /** Where a gap begins, as it is inside. */
    public static @Nullable Lsn from(Gap gap) {
        return inside(gap.from());
    }

    /** Where a gap ends, as it is inside. */
    public static @Nullable Lsn to(Gap gap) {
        return inside(gap.to());
    }

    private static @Nullable Lsn inside(@Nullable Position seen) {
        return seen == null ? null : seen instanceof Lsn lsn ? lsn : new Lsn(seen.value());
    }
}
