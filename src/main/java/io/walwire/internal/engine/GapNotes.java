package io.walwire.internal.engine;

import io.walwire.event.Lsn;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.connection.slot.GapNote;
import io.walwire.internal.source.BackgroundQueries;
import io.walwire.internal.source.UndeliveredGaps;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The note, stored on the server, of the gaps that were not delivered to the handlers of an instance yet. A temporary slot has no
 * note. Thread-safe.
 */
final class GapNotes {
    private final @Nullable String slot;
    private final Database database;
    private final SharedConnection connection;
    private final UndeliveredGaps undelivered;

    GapNotes(WalwireConfig.Slot slot, Database database, SharedConnection connection, UndeliveredGaps undelivered) {
        this.slot = slot.durable() ? slot.name() : null;
        this.database = database;
        this.connection = connection;
        this.undelivered = undelivered;
    }

    /**
     * Tries to write the note.
     *
     * @return false if that may succeed later
     */
    boolean write(@Nullable Lsn from) {
        if (slot != null) {
            try {
                GapNote.write(connection, slot, from);
            } catch (SQLException e) {
                GapNote.warn(slot, from, e);
                return false;
            }
        }
        return true;
    }

    /**
     * Writes the note as soon as the server can be reached, and keeps the stream alive until then. An instance that is closing also
     * writes it, because its handlers may not return from the gap event in time.
     */
    void write(@Nullable Lsn from, BackgroundQueries queries) throws SQLException, InterruptedException {
        String of = slot;
        if (of == null) {
            return;
        }
        Boolean written = queries.ask("noting a gap", () -> {
            GapNote.write(connection, of, from);
            return true;
        });
        if (written == null) {
            GapNote.write(database, of, from); // closing the instance closes the shared connection
        }
    }

    /** Handlers have received one more gap. Erases the note if no other gap waits. */
    void delivered() {
        undelivered.delivered();
        if (slot != null) {
            GapNote.erase(connection, slot, undelivered::isNone);
        }
    }
}
