package io.walwire.internal.replication;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerRun;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart.History;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Asks a server over a replication connection which history it has. */
public final class ServerHistory {
    private static final Logger LOG = Logs.of(ServerHistory.class);

    private ServerHistory() {}

    /**
     * Reads the history over a connection of its own.
     *
     * @param database at the server
     * @return what it has now
     * @throws SQLException if it cannot be reached, or has no free sender
     */
    public static History of(Database database) throws SQLException {
        try (Connection connection = SnapshotSlot.connect(database);
                Statement statement = connection.createStatement()) {
            return read(statement, null);
        }
    }

    /**
     * Reads the history.
     *
     * @param statement of a replication connection
     * @param progress how far the streams before came, or null
     * @throws SQLException if the server does not know it, or has not yet caught up with what came from it before
     */
    static History read(Statement statement, @Nullable Progress progress) throws SQLException {
        // before its log's end, which a promotion between makes no loss
        ServerRun run = ServerRun.read(statement.getConnection(), "");
        String systemId;
        int timeline;
        Lsn end;
        try (ResultSet system = statement.executeQuery("IDENTIFY_SYSTEM")) {
            system.next();
            systemId = system.getString("systemid");
            timeline = system.getInt("timeline");
            end = Lsn.parse(system.getString("xlogpos"));
        }
        History history =
                new History(systemId, timeline, end, ancestry(statement, timeline), run.standby(), run.startedAt());
        if (run.standby() && progress != null && hasYetToReceive(history, progress)) {
            // a standby that was started again may still have to receive what it had received before; that is no loss
            throw new SQLException(
                    "The standby has come to " + end + ", and has yet to come to " + progress.seen() + " again",
                    "57P03");
        }
        return history;
    }

    private static boolean hasYetToReceive(History now, Progress progress) {
        History last = progress.last().server();
        return (last.timeline() == now.timeline() || now.isSameRun(last))
                && now.end().isBefore(progress.seen());
    }

    private static @Nullable String ancestry(Statement statement, int timeline) throws SQLException {
        if (timeline == 1) {
            return "";
        }
        try (ResultSet history = statement.executeQuery("TIMELINE_HISTORY " + timeline)) {
            return history.next() ? history.getString("content") : null;
        } catch (SQLException e) {
            if (statement.getConnection().isClosed()) {
                throw e;
            }
            LOG.warn(
                    "The server cannot read the history of its timeline {}; a failover will count as a gap",
                    timeline,
                    e);
            return null;
        }
    }
}
