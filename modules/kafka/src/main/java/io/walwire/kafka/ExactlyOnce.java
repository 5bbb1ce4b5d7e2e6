package io.walwire.kafka;

import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.log.Logs;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkPosition;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
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
    private final RefusedTopics refusedTopics;
    private volatile @Nullable ProducerOutput output;
    private volatile boolean stopped;

    /** The last group that Kafka holds: ours, or what was there before. */
    private Optional<StoredGroup> stored = Optional.empty();

    ExactlyOnce(KafkaOptions options, SinkContext context) {
        this.options = options;
        this.context = context;
        this.key = StreamKey.of(context);
        this.positions = new PositionTopic(options, context);
        this.refusedTopics = new RefusedTopics(options, context);
    }

    @Override
    public Opened open() {
        positions.require();
        connect();
        PositionTopic.Positions found = positions.read();
        stored = found.group();
        return new Opened(stored.map(StoredGroup::position), found.notes());
    }

    /** Makes a producer, which ends what an earlier one of this stream has left open, and keeps that one from going on. */
    private void connect() {
        closeProducer(Duration.ZERO);
        ProducerOutput made =
                new ProducerOutput(options, options.forProducer(context, key.transactionalId()), refusedTopics);
        output = made;
        made.producer().initTransactions();
    }

    private ProducerOutput output() {
        return Objects.requireNonNull(output, "not open");
    }

    @Override
    public void store(Consumer<RecordWriter> group, SinkPosition position) {
        StoredGroup ours = new StoredGroup(position, UUID.randomUUID().toString());
        Backoff backoff = Retries.backoff();
        boolean again = false;
        boolean fenced = false;
        while (true) {
            long began = System.nanoTime();
            try {
                if (again && isStoredAfterFailure(fenced, ours)) {
                    return;
                }
                began = System.nanoTime();
                attempt(group, ours);
                stored = Optional.of(ours);
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

    private void attempt(Consumer<RecordWriter> group, StoredGroup end) {
        ProducerOutput to = output();
        KafkaProducer<byte[], byte[]> producer = to.producer();
        to.begin();
        producer.beginTransaction();
        group.accept(new RecordWriter(options, context, to));
        to.send(positions.record(end), () -> "the position");
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
     * Connects again, and asks what became of the group. What is stored is read before that, so that an instance that has taken over is not
     * fenced in turn.
     *
     * @param fenced whether another instance may have taken over, so that its open transaction is waited for
     */
    private boolean isStoredAfterFailure(boolean fenced, StoredGroup ours) {
        if (fenced && isStored(ours)) {
            return true;
        }
        Optional<StoredGroup> committed = fenced ? Optional.empty() : positions.readCommitted();
        if (committed.isPresent()
                && !committed.get().equals(ours)
                && isAhead(committed.get().position())) {
            throw KafkaFailure.moved(text(stored), text(committed));
        }
        connect();
        return isStored(ours);
    }

    /** Whether another instance has gone on from what is known. An earlier position says nothing: an open transaction may hide the rest. */
    private boolean isAhead(SinkPosition found) {
        return stored.map(StoredGroup::position)
                .filter(known -> known.systemId().equals(found.systemId()) && !found.isBeyond(known))
                .isEmpty();
    }

    /** Whether the group turns out to be stored. What another instance has stored is no place to go on from. */
    private boolean isStored(StoredGroup ours) {
        Optional<StoredGroup> found = positions.read().group();
        if (found.equals(Optional.of(ours))) {
            stored = found;
            return true;
        }
        if (!found.equals(stored)) {
            throw KafkaFailure.moved(text(stored), text(found));
        }
        return false;
    }

    private static String text(Optional<StoredGroup> group) {
        return group.map(StoredGroup::toString).orElse("none");
    }

    private boolean mayTryAgain(RuntimeException e, long began) {
        if (stopped) {
            return false;
        }
        ProducerOutput to = output;
        return switch (KafkaFailure.kindOnceOpen(e)) {
            case FINAL -> to != null && to.hasOtherTopic(e);
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
