package io.walwire.kafka;

import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.log.Logs;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkPosition;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** A group is stored when all brokers that have to have confirmed all its records. */
final class AtLeastOnce implements GroupDelivery {
    private static final Logger LOG = Logs.of(AtLeastOnce.class);

    private final KafkaOptions options;
    private final SinkContext context;
    private volatile @Nullable ProducerOutput output;
    private volatile boolean stopped;

    AtLeastOnce(KafkaOptions options, SinkContext context) {
        this.options = options;
        this.context = context;
    }

    @Override
    public Opened open() {
        try (Admin admin = Admin.create(options.forAdmin(context))) {
            Replies.await(admin.describeCluster().nodes());
        }
        output = new ProducerOutput(options, options.forProducer(context, null), new RefusedTopics(options, context));
        return new Opened(Optional.empty(), List.of());
    }

    @Override
    public void store(Consumer<RecordWriter> group, SinkPosition position) {
        ProducerOutput to = Objects.requireNonNull(output, "not open");
        Backoff backoff = Retries.backoff();
        while (true) {
            try {
                to.begin();
                group.accept(new RecordWriter(options, context, to));
                to.producer().flush();
                to.check();
                return;
            } catch (RuntimeException e) {
                boolean passes = KafkaFailure.kindOnceOpen(e) == KafkaFailure.Kind.PASSING;
                if (stopped || !(passes || to.hasOtherTopic(e))) {
                    throw e;
                }
                LOG.warn("Kafka has not stored a group. The sink tries again: {}", KafkaFailure.text(e));
                Retries.pause(backoff);
            }
        }
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public void close(Duration atMost) {
        ProducerOutput old = output;
        if (old != null) {
            old.producer().close(atMost);
        }
    }
}
