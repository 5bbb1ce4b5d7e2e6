package io.walwire.internal.undecided;

import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import java.util.stream.IntStream;

/** Frames of one table's changes, of transactions in chunks and of prepared ones. */
final class StreamFrames {
    static final int TABLE = 16384;

    private StreamFrames() {}

    static MessageBytes start(int xid, boolean first) {
        return MessageBytes.kind('S').int32(xid).int8(first ? 1 : 0);
    }

    static MessageBytes stop() {
        return MessageBytes.kind('E');
    }

    static MessageBytes commit(int xid, long at) {
        return MessageBytes.kind('c').int32(xid).int8(0).int64(at).int64(at + 1).int64(0);
    }

    static MessageBytes abort(int xid, int subxid) {
        return MessageBytes.kind('A').int32(xid).int32(subxid);
    }

    static MessageBytes insert(int subxid, String value) {
        return insert(MessageBytes.kind('I').int32(subxid), value);
    }

    static MessageBytes insert(String value) {
        return insert(MessageBytes.kind('I'), value);
    }

    private static MessageBytes insert(MessageBytes head, String value) {
        return head.int32(TABLE).int8('N').tuple(Cell.of(value));
    }

    private static MessageBytes relation(MessageBytes head, int columns) {
        head.int32(TABLE).string("public").string("item").int8('d').int16(columns);
        IntStream.range(0, columns).forEach(i -> head.column(i == 0 ? 1 : 0, "c" + i, 25, -1));
        return head;
    }

    static MessageBytes relation(int columns) {
        return relation(MessageBytes.kind('R'), columns);
    }

    static MessageBytes relationIn(int subxid, int columns) {
        return relation(MessageBytes.kind('R').int32(subxid), columns);
    }

    static MessageBytes beginPrepare(int xid) {
        return MessageBytes.kind('b').int64(1).int64(2).int64(3).int32(xid).string("g" + xid);
    }

    static MessageBytes prepare(char kind, int xid) {
        return MessageBytes.kind(kind)
                .int8(0)
                .int64(1)
                .int64(2)
                .int64(3)
                .int32(xid)
                .string("g" + xid);
    }

    static MessageBytes commitPrepared(int xid, long at) {
        return MessageBytes.kind('K')
                .int8(0)
                .int64(at)
                .int64(at + 1)
                .int64(0)
                .int32(xid)
                .string("g" + xid);
    }

    static MessageBytes rollbackPrepared(int xid) {
        return MessageBytes.kind('r')
                .int8(0)
                .int64(1)
                .int64(2)
                .int64(3)
                .int64(4)
                .int32(xid)
                .string("g" + xid);
    }

    static MessageBytes message(int xid, String prefix) {
        return MessageBytes.kind('M').int32(xid).int8(1).int64(1).string(prefix).int32(0);
    }
}
