package io.walwire.kafka;

import io.walwire.sink.SinkNote;
import io.walwire.sink.SinkPosition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** How groups get into Kafka. Used by one thread at a time. */
interface GroupDelivery {
    /** What Kafka holds. */
    record Opened(Optional<SinkPosition> position, List<SinkNote> notes) {}

    /** Connects, and returns what Kafka holds. */
    Opened open();

    /**
     * Stores a group, and returns when it is stored.
     *
     * @param group writes its records; called again for each attempt
     * @param position where the group ends
     */
    void store(Consumer<RecordWriter> group, SinkPosition position);

    /** Ends the attempts of another thread as soon as it is interrupted. */
    void stop();

    /** Frees the clients. */
    void close(Duration atMost);
}
