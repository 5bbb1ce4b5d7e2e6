package io.walwire.internal.engine;

import io.walwire.internal.connection.server.Sentinel;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.log.Logs;
import io.walwire.internal.source.ChangeStream;
import java.time.Duration;
import org.slf4j.Logger;

/**
 * The watch thread: a server that shuts down waits until its walsender has sent everything and we have confirmed it, which
 * is as long as the handlers take. So while there is always something left to do, this looks whether the server is about to
 * stop, and then has the stream given up, unconfirmed. An idle instance confirms at once, and is not watched. The same thread runs the
 * {@link PromotionWatch}.
 */
final class ShutdownWatch implements Runnable {
    private static final Logger LOG = Logs.of(ShutdownWatch.class);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration LOOK_IN_VAIN = Duration.ofSeconds(5);
    private static final Duration BUSY = Duration.ofSeconds(1);

    private final SharedConnection connection;
    private final Sentinel sentinel;
    private final PromotionWatch promotion;
    private final Reader reader;
    private final Lifecycle lifecycle;

    /**
     * A watch for an instance.
     *
     * @param connection the instance's plain one, which leads to the server that streams
     */
    ShutdownWatch(SharedConnection connection, Reader reader, Lifecycle lifecycle) {
        this.connection = connection;
        this.sentinel = new Sentinel(connection);
        this.promotion = new PromotionWatch(connection, reader);
        this.reader = reader;
        this.lifecycle = lifecycle;
    }

    @Override
    public void run() {
        try {
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
        connection.release(); // a smart stop waits for it
        promotion.look();
        ChangeStream stream = reader.current();
        if (stream == null || !stream.holdsUpShutdown() || reader.busy().compareTo(BUSY) < 0) {
            return LOOK;
        }
        if (sentinel.seesShutdown()) {
            LOG.info("The server shuts down; its stream is given up, so that it need not wait for handlers");
            stream.leave();
            return LOOK;
        }
        return sentinel.isPosted() ? LOOK : LOOK_IN_VAIN;
    }
}
