package io.walwire.internal.undecided;

import io.walwire.internal.pgoutput.PgOutput;
import io.walwire.internal.pgoutput.PgOutputMessage;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A table's definition as it was sent.
 *
 * @param arrival counts the definitions of a stream in the order in which they arrived
 * @param frame the Relation message, as protocol 1 has it
 */
record Definition(long arrival, byte[] frame) {
    int oid() {
        return Frames.int32(frame, 1);
    }

    PgOutputMessage decoded() {
        return PgOutput.decode(frame, 0, frame.length);
    }

    /** The frame and the arrival, to be set aside. */
    byte[] toBytes() {
        return ByteBuffer.allocate(frame.length + Long.BYTES)
                .put(frame)
                .putLong(arrival)
                .array();
    }

    /** What {@link #toBytes} gave. */
    static Definition of(byte[] bytes) {
        int length = bytes.length - Long.BYTES;
        return new Definition(ByteBuffer.wrap(bytes).getLong(length), Arrays.copyOf(bytes, length));
    }
}
