package io.walwire.kafka;

import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InterruptException;

/** Replies to the admin client. */
final class Replies {
    private Replies() {}

    /** Waits for a reply, for at most the client's timeout. Throws the brokers' error itself, not the exception that wraps it. */
    static <T> T await(KafkaFuture<T> reply) {
        try {
            return reply.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException known ? known : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
