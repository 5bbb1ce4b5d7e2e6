package io.walwire.internal.engine;

import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.config.WalwireConfig.Binary;
import io.walwire.internal.connection.Preflight;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.ReplicationOpener;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Whether streams are in binary: as it is configured, or by what is published when a stream is opened. Used by the reader thread. */
final class ValueFormat {
    /** What a stream in binary alone may fail at: a type has no send function; a message is larger than a gigabyte. */
    private static final Set<String> MAYBE_OF_BINARY = Set.of("42883", "54000");

    private static final Logger LOG = Logs.of(ValueFormat.class);

    private final Binary asked;
    private final ReplicationOpener opener;

    /** Whether the next stream takes over from one that could not be read in binary. What is published now does not matter then. */
    private boolean ended;

    /** Why the last stream was in text. */
    private @Nullable String why;

    ValueFormat(WalwireConfig config, ReplicationOpener opener) {
        this.asked = config.binary();
        this.opener = opener;
    }

    /** Decides it for the next stream, where the configuration leaves it open. */
    void choose(Preflight preflight) throws SQLException {
        if (asked != Binary.AUTO || ended) {
            return;
        }
        String inexact = preflight.inexactInBinary().orElse(null);
        if (inexact != null && !inexact.equals(why)) {
            LOG.info("Values come as text, because {}", inexact);
        }
        why = inexact;
        opener.useBinary(inexact == null);
    }

    /** Takes note of a change that the server could not send in binary, when its stream has ended. */
    void beginAfter(@Nullable ReplicatedChanges before) {
        String unsent = before == null ? null : before.unsent();
        if (unsent != null && opener.isBinary()) {
            endBinary("PostgreSQL could not send a change in binary: " + unsent);
        }
    }

    /** The stream in binary cannot be read to its end. The log still has the change that ended it, whatever the catalog has now. */
    void endBinary(String reason) {
        LOG.info("From here on values come as text, because {}", reason);
        why = reason;
        ended = true;
        opener.useBinary(false);
    }

    /** A stream has begun. */
    void begun() {
        ended = false;
    }

    /**
     * Whether a stream in text may get past the change at which the server ended one in binary: its value holds one of a type
     * without a send function, or is larger in binary than as text, and too large for a message.
     *
     * @param e what ended a stream in binary that had begun
     * @return false if text makes no difference
     */
    static boolean isMaybeOfBinary(SQLException e) {
        return e.getSQLState() != null && MAYBE_OF_BINARY.contains(e.getSQLState());
    }
}
