package io.walwire.internal.pgoutput;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;

/** Reads the fields of one message after another, each in order, and never past its end. */
final class MessageReader {
    private static final byte[] NOTHING = {};
    private static final Instant POSTGRES_EPOCH = Instant.parse("2000-01-01T00:00:00Z");

    private byte[] bytes = NOTHING;
    private int start;
    private int end;
    private int at;

    /** Begins with the message that lies between two offsets. */
    void open(byte[] message, int from, int to) {
        bytes = message;
        start = from;
        end = to;
        at = from;
    }

    char kind() {
        return (char) (int8() & 0xFF);
    }

    byte int8() {
        require(1);
        return bytes[at++];
    }

    int int16() {
        require(2);
        int value = (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
        at += 2;
        return value;
    }

    int int32() {
        require(4);
        int value = (bytes[at] & 0xFF) << 24
                | (bytes[at + 1] & 0xFF) << 16
                | (bytes[at + 2] & 0xFF) << 8
                | (bytes[at + 3] & 0xFF);
        at += 4;
        return value;
    }

    long int64() {
        long high = int32();
        return high << 32 | Integer.toUnsignedLong(int32());
    }

    Lsn lsn() {
        return new Lsn(int64());
    }

    /** Microseconds since 2000-01-01, as PostgreSQL counts. */
    Instant timestamp() {
        return POSTGRES_EPOCH.plus(int64(), ChronoUnit.MICROS);
    }

    String string() {
        int from = at;
        while (at < end && bytes[at] != 0) {
            at++;
        }
        if (at == end) {
            throw malformed("ends inside a string");
        }
        return new String(bytes, from, at++ - from, StandardCharsets.UTF_8);
    }

    /** A 16-bit count of items that take at least so many bytes each. */
    int count(int leastBytes) {
        int count = int16();
        if (count > remaining() / leastBytes) {
            throw malformed("counts more columns than it has room for");
        }
        return count;
    }

    byte[] content() {
        int length = int32();
        if (length < 0) {
            throw malformed("has content of a negative length");
        }
        require(length);
        at += length;
        return Arrays.copyOfRange(bytes, at - length, at);
    }

    TupleData tuple() {
        int columns = count(1);
        int offset = at;
        int left = columns;
        while (left > 0) {
            byte kind = int8();
            left--;
            if (kind == TupleData.TEXT || kind == TupleData.BINARY) {
                int length = int32();
                if (length < 0) {
                    throw malformed("has a value of a negative length");
                }
                require(length);
                at += length;
            } else if (kind == TupleData.NULL) {
                int more = TupleData.nulls(bytes, at, Math.min(left, end - at));
                at += more;
                left -= more;
            } else if (kind != TupleData.UNCHANGED) {
                throw malformed("has a column of unknown kind");
            }
        }
        return new TupleData(bytes, offset, columns);
    }

    int remaining() {
        return end - at;
    }

    void requireEnd() {
        if (at != end) {
            throw malformed("is longer than its fields");
        }
    }

    WalwireException malformed(String what) {
        String kind = start < end ? kindName(bytes[start]) : "An empty message";
        return new WalwireException(
                ErrorCode.PROTOCOL,
                kind + " of pgoutput, " + (end - start) + " bytes long, " + what + " (at byte " + (at - start) + ").",
                "Please report this with the server's version.");
    }

    private static String kindName(byte kind) {
        return kind > ' ' && kind < 127
                ? "A message '" + (char) kind + "'"
                : "A message 0x" + Integer.toHexString(kind & 0xFF);
    }

    private void require(int count) {
        if (count > end - at) {
            throw malformed("ends too early");
        }
    }
}
