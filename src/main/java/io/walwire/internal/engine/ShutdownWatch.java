package io.walwire.internal.engine;

import io.walwire.internal.config.HostPort;
import io.walwire.internal.connection.Database;
import io.walwire.internal.connection.Sentinel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watch thread: a server that shuts down waits until its walsender has sent everything and we have confirmed it, which
 * is as long as the handlers take. So while there is always something left to do, this looks whether the server is about to
 * stop, and then has the stream given up, unconfirmed. An idle instance confirms at once, and is not watched.
 */
final class ShutdownWatch implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(ShutdownWatch.class);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration LOOK_IN_VAIN = Duration.ofSeconds(5);
    private static final Duration BUSY = Duration.ofSeconds(1);

    private final Sentinel sentinel = new Sentinel();
    private final Database database;
    private final Reader reader;
    private final Lifecycle lifecycle;
    private final Runnable release;
    private @Nullable ChangeStream watched;

    /**
     * A watch for an instance.
     *
     * @param release gives back the connections of the instance that are not used at the moment
     */
    ShutdownWatch(Database database, Reader reader, Lifecycle lifecycle, Runnable release) {
        this.database = database;
        this.reader = reader;
        this.lifecycle = lifecycle;
        this.release = release;
    }

    @Override
    public void run() {
        try (sentinel) {
            Duration pause = LOOK;
            while (!lifecycle.pause(pause)) {
                pause = look();
            }
        } catch (InterruptedException e) {
            LOG.debug("The watch was interrupted, which only closing does");
        }
    }

    /** How long to wait until the next look. */
    private Duration look() {
        release.run(); // a smart stop waits for them
        ChangeStream stream = reader.current();
        if (stream != watched) {
            sentinel.close();
            watched = stream;
        }
        HostPort server = stream == null ? null : stream.holdsUp();
        if (stream == null || server == null || reader.busy().compareTo(BUSY) < 0) {
            sentinel.close();
            return LOOK;
        }
        if (sentinel.seesShutdown(database.at(server.host(), server.port()))) {
            LOG.info("The server shuts down; its stream is given up, so that it need not wait for handlers");
            stream.leave();
            return LOOK;
        }
        return sentinel.isPosted() ? LOOK : LOOK_IN_VAIN;
    }
}
