package io.walwire.internal.engine;

import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.ServerRun;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.ServerHistory;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.replication.StreamStart.History;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * Notices that the standby which streams was promoted. Its stream goes on, and what comes from then on is of another timeline. Once the
 * server was started again, nothing would say that what came before is in its history. Used by one thread.
 */
final class PromotionWatch {
    private static final Logger LOG = Logs.of(PromotionWatch.class);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final SharedConnection connection;
    private final Reader reader;
    private long looked = System.nanoTime();
    private boolean warned;

    /**
     * A watch for an instance.
     *
     * @param connection the instance's plain one, which leads to the server that streams
     */
    PromotionWatch(SharedConnection connection, Reader reader) {
        this.connection = connection;
        this.reader = reader;
    }

    /** Looks now and then. */
    void look() {
        StreamStart start = reader.lastStart();
        if (start == null
                || !start.server().standby()
                || reader.current() == null
                || System.nanoTime() - looked < LOOK_NANOS) {
            return;
        }
        looked = System.nanoTime();
        boolean promoted = false;
        try {
            promoted = !connection.ask(open -> ServerRun.read(open, "")).standby();
            if (promoted) {
                History now = ServerHistory.of(connection.server());
                if (now.isSameRun(start.server()) && reader.promoted(start, now)) {
                    LOG.info(
                            "The standby that streams was promoted. The stream goes on, on timeline {}",
                            now.timeline());
                }
            }
        } catch (SQLException e) {
            if (promoted && !warned) {
                warned = true;
                LOG.warn(
                        "The standby that streams was promoted, and its history cannot be read: {} If the server restarts before it can"
                                + " be, handlers get a gap event although nothing is missing. It is tried again every 5 seconds.",
                        ServerErrors.said(e));
            }
            LOG.debug("The server could not be asked whether it was promoted", e);
        }
    }
}
