package io.walwire.internal.pgoutput;

import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.function.IntPredicate;

/**
 * One version of a row inside a message, not yet taken apart: the decoder has checked that its columns fill it exactly.
 * (PostgreSQL manual, "Logical Replication Message Formats", TupleData.)
 *
 * @param bytes the message's own bytes; never written to
 * @param offset where the first column's kind byte stands
 * @param columns how many columns there are
 */
public record TupleData(byte[] bytes, int offset, int columns) {
    /** SQL NULL. */
    public static final byte NULL = 'n';

    /** An unchanged TOASTed value, which is not sent. */
    public static final byte UNCHANGED = 'u';

    /** A value in text format. */
    public static final byte TEXT = 't';

    /** A value in its type's binary format. */
    public static final byte BINARY = 'b';

    private static final int NULLS_AT_ONCE = Long.BYTES;

    /** Eight kinds of columns; all bytes are the same, in whatever order they are read. */
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private static final long ALL_NULL = NULL * 0x0101010101010101L;

    /**
     * Where each column's kind byte stands: of a value, four bytes of length follow it and then the value.
     *
     * @return a new array, one offset a column
     */
    public int[] columnOffsets() {
        int[] offsets = new int[columns];
        int at = offset;
        for (int i = 0; i < columns; i++) {
            offsets[i] = at;
            at = next(at);
        }
        return offsets;
    }

    /**
     * Where the last column ends.
     *
     * @return an offset into the bytes
     */
    public int end() {
        int at = offset;
        for (int i = 0; i < columns; i++) {
            at = next(at);
        }
        return at;
    }

    /**
     * Whether the columns end exactly where the bytes do; of a message the decoder has checked as much.
     *
     * @return false also where a column is of an unknown kind
     */
    public boolean fillsItsBytes() {
        int at = offset;
        for (int i = 0; i < columns; i++) {
            if (at >= bytes.length || !isWhole(at)) {
                return false;
            }
            at = next(at);
        }
        return at == bytes.length;
    }

    private boolean isWhole(int at) {
        return switch (bytes[at]) {
            case NULL, UNCHANGED -> true;
            case TEXT, BINARY ->
                bytes.length - at >= 5 && length(bytes, at) >= 0 && length(bytes, at) <= bytes.length - at - 5;
            default -> false;
        };
    }

    /**
     * Where the column after another one stands.
     *
     * @param at where the other's kind byte stands
     * @return an offset into the bytes
     */
    public int next(int at) {
        byte kind = bytes[at];
        return kind == NULL || kind == UNCHANGED ? at + 1 : at + 5 + length(bytes, at);
    }

    /**
     * Where a later column stands. Of a wide row most columns are NULL, which are skipped eight at a time.
     *
     * @param at where a column's kind byte stands
     * @param skipped how many columns are between, with that one
     * @return an offset into the bytes
     */
    public int after(int at, int skipped) {
        int place = at;
        int left = skipped;
        while (left > 0) {
            int nulls = left < NULLS_AT_ONCE ? 0 : nulls(bytes, place, Math.min(left, bytes.length - place));
            place = nulls > 0 ? place + nulls : next(place);
            left -= Math.max(nulls, 1);
        }
        return place;
    }

    /**
     * How many columns are NULL from a place on, as far as whole groups of eight show it.
     *
     * @param bytes of a message
     * @param at where the first column's kind byte stands
     * @param most how many bytes may be looked at
     */
    static int nulls(byte[] bytes, int at, int most) {
        int nulls = 0;
        while (most - nulls >= NULLS_AT_ONCE && (long) LONGS.get(bytes, at + nulls) == ALL_NULL) {
            nulls += NULLS_AT_ONCE;
        }
        return nulls;
    }

    /**
     * A copy in an array of its own, with the values of some columns. The others are there as unchanged ones, which have no value.
     *
     * @param isKept whether the column at a position keeps its value
     * @return a tuple with as many columns
     */
    public TupleData copyOf(IntPredicate isKept) {
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        int at = offset;
        for (int i = 0; i < columns; i++) {
            int next = next(at);
            if (isKept.test(i)) {
                copy.write(bytes, at, next - at);
            } else {
                copy.write(UNCHANGED);
            }
            at = next;
        }
        return new TupleData(copy.toByteArray(), 0, columns);
    }

    /**
     * The length of the value of the column at an offset.
     *
     * @param bytes the message
     * @param at where its kind byte stands
     * @return bytes
     */
    public static int length(byte[] bytes, int at) {
        return (bytes[at + 1] & 0xFF) << 24
                | (bytes[at + 2] & 0xFF) << 16
                | (bytes[at + 3] & 0xFF) << 8
                | (bytes[at + 4] & 0xFF);
    }

    @Override
    public String toString() {
        return "TupleData[columns=" + columns + "]";
    }
}
