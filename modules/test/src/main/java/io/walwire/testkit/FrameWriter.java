package io.walwire.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The fields of one message of pgoutput, in network order. */
final class FrameWriter {
    private static final Instant POSTGRES_EPOCH = Instant.parse("2000-01-01T00:00:00Z");

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    FrameWriter(char kind) {
        int8(kind);
    }

    FrameWriter int8(int value) {
        bytes.write(value);
        return this;
    }

    FrameWriter int16(int value) {
        return int8(value >>> 8).int8(value);
    }

    FrameWriter int32(int value) {
        return int16(value >>> 16).int16(value);
    }

    FrameWriter int64(long value) {
        return int32((int) (value >>> 32)).int32((int) value);
    }

    FrameWriter timestamp(Instant time) {
        return int64(POSTGRES_EPOCH.until(time, ChronoUnit.MICROS));
    }

    /** Writes a text, and the zero byte that ends it. */
    FrameWriter string(String text) {
        return raw(text.getBytes(StandardCharsets.UTF_8)).int8(0);
    }

    /** Writes the length, and then the content. */
    FrameWriter counted(byte[] content) {
        return int32(content.length).raw(content);
    }

    FrameWriter raw(byte[] more) {
        bytes.writeBytes(more);
        return this;
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }
}
