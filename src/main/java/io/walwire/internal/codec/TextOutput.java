package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;

/** Text under construction, as bytes of UTF-8. */
class TextOutput {
    private static final byte[] HEX = "0123456789abcdef".getBytes(ISO_8859_1);
    private static final int MAX_DIGITS = 20;

    private long most;
    private byte[] bytes;
    private int length;

    TextOutput(int expected) {
        this(expected, Integer.MAX_VALUE);
    }

    /** Text of no more bytes than {@code most}; what is longer ends with an {@link UnrepresentableException}. */
    TextOutput(int expected, long most) {
        this.bytes = new byte[Math.max(16, expected)];
        this.most = most;
    }

    /** The text is their begin. */
    final byte[] bytes() {
        return bytes;
    }

    /** How many bytes the text has. */
    public final int length() {
        return length;
    }

    /** Takes back everything; of a larger buffer a new one of so many bytes stays. */
    final void clear(int kept) {
        length = 0;
        if (bytes.length > kept) {
            bytes = new byte[kept];
        }
    }

    /** Changes how many bytes the text may have. */
    final void limit(long bytesAtMost) {
        most = bytesAtMost;
    }

    /** Takes what was written to {@link #bytes} behind the end, where there was room. */
    final void grow(int count) {
        length += count;
    }

    byte[] toBytes() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }

    TextOutput put(char ascii) {
        room(1);
        bytes[length++] = (byte) ascii;
        return this;
    }

    TextOutput put(String ascii) {
        room(ascii.length());
        for (int i = 0; i < ascii.length(); i++) {
            bytes[length++] = (byte) ascii.charAt(i);
        }
        return this;
    }

    void put(byte[] from, int offset, int count) {
        room(count);
        System.arraycopy(from, offset, bytes, length, count);
        length += count;
    }

    TextOutput putLong(long number) {
        if (number < 0) {
            put('-');
        }
        // the smallest number has no positive counterpart, but is the right one when taken as unsigned
        return putUnsigned(number < 0 ? -number : number);
    }

    TextOutput putUnsigned(long number) {
        room(MAX_DIGITS);
        int digits = 1;
        long rest = number;
        while (Long.compareUnsigned(rest, 9) > 0) {
            rest = tenth(rest);
            digits++;
        }
        rest = number;
        for (int at = length + digits - 1; at >= length; at--) {
            long next = tenth(rest);
            bytes[at] = (byte) ('0' + (rest - next * 10));
            rest = next;
        }
        length += digits;
        return this;
    }

    private static long tenth(long number) {
        return number >= 0 ? number / 10 : Long.divideUnsigned(number, 10);
    }

    /** A number below a hundred. */
    final TextOutput putTwo(int number) {
        room(2);
        bytes[length++] = (byte) ('0' + number / 10);
        bytes[length++] = (byte) ('0' + number % 10);
        return this;
    }

    /** Writes a number with leading zeros, up to a number of digits. */
    TextOutput putPadded(int number, int digits) {
        int rest = number;
        room(MAX_DIGITS);
        int least = digits;
        for (int limit = number; limit >= 10; limit /= 10) {
            least--;
        }
        for (; least > 1; least--) {
            put('0');
        }
        return putUnsigned(rest);
    }

    TextOutput putHex(long number) {
        int digits = Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(number) + 3) / 4);
        for (int shift = 4 * digits - 4; shift >= 0; shift -= 4) {
            put((char) HEX[(int) (number >>> shift) & 15]);
        }
        return this;
    }

    void putHex(byte[] from, int offset, int count) {
        room(Math.multiplyExact(count, 2));
        for (int i = offset; i < offset + count; i++) {
            bytes[length++] = HEX[from[i] >> 4 & 15];
            bytes[length++] = HEX[from[i] & 15];
        }
    }

    /** Puts a character before what stands at an offset. */
    void insert(char ascii, int at) {
        room(1);
        System.arraycopy(bytes, at, bytes, at + 1, length - at);
        bytes[at] = (byte) ascii;
        length++;
    }

    /** Takes back what was put beyond a length. */
    void cut(int to) {
        length = to;
    }

    /** A point and six digits without the zeros at their end; nothing for zero. */
    void putFraction(int micros) {
        if (micros == 0) {
            return;
        }
        put('.').putPadded(micros, 6);
        while (bytes[length - 1] == '0') {
            length--;
        }
    }

    /**
     * Puts quotes around what was put since, and an escape before each quote and backslash in it.
     *
     * @param doubled whether what is escaped stands twice, instead of after a backslash
     */
    void quoteSince(int from, boolean doubled) {
        int escaped = 0;
        for (int i = from; i < length; i++) {
            escaped += isEscaped(bytes[i]) ? 1 : 0;
        }
        room(escaped + 2);
        int into = length + escaped + 2;
        int last = length;
        length = into;
        bytes[--into] = '"';
        for (int i = last - 1; i >= from; i--) {
            byte b = bytes[i];
            bytes[--into] = b;
            if (isEscaped(b)) {
                bytes[--into] = doubled ? b : (byte) '\\';
            }
        }
        bytes[--into] = '"';
    }

    private static boolean isEscaped(byte b) {
        return b == '"' || b == '\\';
    }

    void room(int count) {
        if (bytes.length - length < count) {
            int wanted = Math.addExact(length, count);
            if (wanted > most) {
                throw new UnrepresentableException("its text is many times longer than the value");
            }
            // the last two are what some virtual machines cannot have
            bytes = Arrays.copyOf(bytes, Math.max(wanted, (int) Math.min(Integer.MAX_VALUE - 8L, 2L * bytes.length)));
        }
    }
}
