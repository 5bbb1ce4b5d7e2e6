package io.walwire.internal.codec;

/** Reads one binary value in order, and never past its end; whatever the bytes, it throws nothing but {@link UnrepresentableException}. */
final class BinaryInput {
    private final byte[] bytes;
    private final int end;
    private int at;

    BinaryInput(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.at = from;
        this.end = to;
    }

    byte int8() {
        require(1);
        return bytes[at++];
    }

    int int16() {
        require(2);
        at += 2;
        return int16(bytes, at - 2);
    }

    int int32() {
        require(4);
        at += 4;
        return int32(bytes, at - 4);
    }

    long int64() {
        require(8);
        at += 8;
        return int64(bytes, at - 8);
    }

    double float8() {
        return Double.longBitsToDouble(int64());
    }

    /** The length of a part that follows; -1 for a NULL. */
    int length() {
        int length = int32();
        if (length < -1 || length > remaining()) {
            throw UnrepresentableException.malformedBinary();
        }
        return length;
    }

    /** How many items of at least so many bytes follow. */
    int count(int leastBytes) {
        int count = int32();
        if (count < 0 || count > remaining() / leastBytes) {
            throw UnrepresentableException.malformedBinary();
        }
        return count;
    }

    /** Where the zero byte stands that ends the string which begins here; what follows is read next. */
    int endOfString() {
        int to = at;
        while (to < end && bytes[to] != 0) {
            to++;
        }
        if (to == end) {
            throw UnrepresentableException.malformedBinary();
        }
        at = to + 1;
        return to;
    }

    byte[] bytes() {
        return bytes;
    }

    int at() {
        return at;
    }

    int end() {
        return end;
    }

    int remaining() {
        return end - at;
    }

    void skip(int length) {
        require(length);
        at += length;
    }

    void requireEnd() {
        if (at != end) {
            throw UnrepresentableException.malformedBinary();
        }
    }

    private void require(int length) {
        if (length < 0 || length > end - at) {
            throw UnrepresentableException.malformedBinary();
        }
    }

    /** The offset of a value that has to have this length. */
    static int exactly(int expected, int offset, int length) {
        if (length != expected) {
            throw UnrepresentableException.malformedBinary();
        }
        return offset;
    }

    static short int16(byte[] bytes, int at) {
        return (short) (bytes[at] << 8 | bytes[at + 1] & 0xff);
    }

    static int int32(byte[] bytes, int at) {
        return bytes[at] << 24 | (bytes[at + 1] & 0xff) << 16 | (bytes[at + 2] & 0xff) << 8 | bytes[at + 3] & 0xff;
    }

    static long int64(byte[] bytes, int at) {
        return (long) int32(bytes, at) << 32 | int32(bytes, at + 4) & 0xffff_ffffL;
    }
}
