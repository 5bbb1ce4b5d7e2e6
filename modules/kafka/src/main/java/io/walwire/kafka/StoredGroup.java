package io.walwire.kafka;

import io.walwire.sink.SinkPosition;

/**
 * The last group that Kafka holds.
 *
 * @param position where it ends
 * @param id no other group has it, also none that ends at the same position; empty if it is not known
 */
record StoredGroup(SinkPosition position, String id) {
    @Override
    public String toString() {
        return position.toString();
    }
}
