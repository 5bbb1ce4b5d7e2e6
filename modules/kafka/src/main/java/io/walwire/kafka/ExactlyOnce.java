package io.walwire.kafka;

import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.log.Logs;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkPosition;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * One Kafka transaction for each group and its position. When the outcome is not known, a new producer ends the transaction of the old one
 * and reads the position, which says what happened.
 */
final class ExactlyOnce implements GroupDelivery {
    private static final Logger LOG = Logs.of(ExactlyOnce.class);

    private final KafkaOptions options;
    private final SinkContext context;
    private final StreamKey key;
    private final PositionTopic positions;
    private volatile @Nullable ProducerOutput output;
    private volatile boolean stopped;

    /** The position that Kafka holds: ours, or what was there before. */
    private Optional<SinkPosition> stored = Optional.empty();

    ExactlyOnce(KafkaOptions options, SinkContext context) {
        this.options = options;
        this.context = context;
        this.key = StreamKey.of(context);
        this.positions = new PositionTopic(options, context);
    }

    @Override
    public Optional<SinkPosition> open() {
        positions.require();
        connect();
        stored = positions.read();
        return stored;
    }

    /** Makes a producer, which ends what an earlier one of this stream has left open, and keeps that one from going on. */
    private void connect() {
        closeProducer(Duration.ZERO);
        ProducerOutput made = new ProducerOutput(options, options.forProducer(context, key.transactionalId()));
        output = made;
        made.producer().initTransactions();
    }

    private ProducerOutput output() {
        return Objects.requireNonNull(output, "not open");
    }

    @Override
    public void store(Consumer<RecordWriter> group, SinkPosition position) {
        Backoff backoff = Retries.backoff();
        boolean again = false;
        boolean fenced = false;
        while (true) {
            long began = System.nanoTime();
            try {
                if (again && isStoredAfterFailure(fenced, position)) {
                    return;
                }
                began = System.nanoTime();
                attempt(group, position);
                stored = Optional.of(position);
                return;
            } catch (RuntimeException e) {
                if (!mayTryAgain(e, began)) {
                    abort();
                    throw e;
                }
                again = true;
                fenced |= KafkaFailure.kind(e) == KafkaFailure.Kind.FENCED;
                LOG.warn("Kafka has not stored a group. The sink tries again: {}", KafkaFailure.text(e));
                Retries.pause(backoff);
            }
        }
    }

    private void attempt(Consumer<RecordWriter> group, SinkPosition position) {
        ProducerOutput to = output();
        KafkaProducer<byte[], byte[]> producer = to.producer();
        to.begin();
        producer.beginTransaction();
        group.accept(new RecordWriter(options, context, to));
        to.send(positions.record(position), () -> "the position");
        commit(producer);
    }

    /**
     * A commit that timed out may be repeated, and nothing else may be done before its outcome is known. Once the coordinator may have
     * ended the transaction, a new producer is the better way to know it.
     */
    private void commit(KafkaProducer<byte[], byte[]> producer) {
        long began = System.nanoTime();
        while (true) {
            try {
                producer.commitTransaction();
                return;
            } catch (TimeoutException e) {
                if (stopped || isTransactionTimeOver(began)) {
                    throw e;
                }
                LOG.warn("Kafka has not answered to a commit. The sink repeats the commit: {}", e.getMessage());
            }
        }
    }

    /** Takes back what was sent. If that fails, the next producer of this stream does it, or the coordinator after a time. */
    private void abort() {
        ProducerOutput to = output;
        if (to == null || stopped) {
            return;
        }
        try {
            to.producer().abortTransaction();
        } catch (RuntimeException e) {
            LOG.debug("The transaction is not aborted: {}", e.toString());
        }
    }

    /**
     * Connects again, and asks what became of the group. The position is read before that, so that an instance that has taken over is not
     * fenced in turn.
     *
     * @param fenced whether another instance may have taken over, so that its open transaction is waited for
     */
    private boolean isStoredAfterFailure(boolean fenced, SinkPosition position) {
        if (fenced && isStored(position)) {
            return true;
        }
        Optional<SinkPosition> committed = fenced ? Optional.empty() : positions.readCommitted();
        if (committed.isPresent() && !committed.get().equals(position) && isAhead(committed.get())) {
            throw KafkaFailure.moved(text(stored), text(committed));
        }
        connect();
        return isStored(position);
    }

    /** Whether another instance has gone on from what is known. An earlier position says nothing: an open transaction may hide the rest. */
    private boolean isAhead(SinkPosition found) {
        return stored.filter(known -> known.systemId().equals(found.systemId()) && !found.isBeyond(known))
                .isEmpty();
    }

    /**
     * Whether the group turns out to be stored. A group that does not move the position, such as a single message, never does: it is
     * written again. What another instance has stored is no place to go on from.
     */
    private boolean isStored(SinkPosition position) {
        Optional<SinkPosition> found = positions.read();
        if (found.equals(Optional.of(position)) && !found.equals(stored)) {
            stored = found;
            return true;
        }
        if (!found.equals(stored)) {
            throw KafkaFailure.moved(text(stored), text(found));
        }
        return false;
    }

    private static String text(Optional<SinkPosition> position) {
        return position.map(SinkPosition::toString).orElse("none");
    }

    private boolean mayTryAgain(RuntimeException e, long began) {
        if (stopped) {
            return false;
        }
        return switch (KafkaFailure.kindOnceOpen(e)) {
            case FINAL -> false;
            case PASSING -> true;
            // before its timeout, only another producer can have ended the transaction
            case FENCED -> isTransactionTimeOver(began);
        };
    }

    private boolean isTransactionTimeOver(long began) {
        return System.nanoTime() - began >= TimeUnit.MILLISECONDS.toNanos(options.transactionMillis());
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public void close(Duration atMost) {
        closeProducer(atMost);
    }

    private void closeProducer(Duration atMost) {
        ProducerOutput old = output;
        output = null;
        if (old != null) {
            old.producer().close(atMost);
        }
    }
}
