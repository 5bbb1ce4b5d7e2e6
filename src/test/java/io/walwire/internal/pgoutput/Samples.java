package io.walwire.internal.pgoutput;

import io.walwire.internal.pgoutput.MessageBytes.Cell;
import java.util.LinkedHashMap;
import java.util.Map;

/** One valid message of every kind and form, by name. */
final class Samples {
    private static final long MICROS = 757_382_400_000_001L;

    private Samples() {}

    static Map<String, byte[]> all() {
        Map<String, MessageBytes> samples = new LinkedHashMap<>();
        samples.put(
                "begin", MessageBytes.kind('B').int64(0x16B6C50).int64(MICROS).int32(740));
        samples.put(
                "commit",
                MessageBytes.kind('C').int8(0).int64(0x16B6C50).int64(0x16B6C80).int64(MICROS));
        samples.put("origin", MessageBytes.kind('O').int64(0x99).string("elsewhere"));
        samples.put("relation", relation());
        samples.put("relationWithoutColumns", relationHead("public", "t", 'n').int16(0));
        samples.put("type", MessageBytes.kind('Y').int32(16400).string("app").string("mood"));
        samples.put("insert", MessageBytes.kind('I').int32(16384).int8('N').tuple(Cell.of("1"), Cell.NULL));
        samples.put(
                "insertInBinary",
                MessageBytes.kind('I')
                        .int32(16384)
                        .int8('N')
                        .tuple(Cell.binary("00000001"), Cell.binary(""), Cell.NULL, Cell.of("1")));
        samples.put(
                "insertWithoutColumns",
                MessageBytes.kind('I').int32(16384).int8('N').tuple());
        samples.put(
                "update",
                MessageBytes.kind('U').int32(16384).int8('N').tuple(Cell.of("1"), Cell.UNCHANGED, Cell.of("")));
        samples.put("updateWithKey", update('K'));
        samples.put("updateWithOldRow", update('O'));
        samples.put("deleteWithKey", delete('K'));
        samples.put("deleteWithOldRow", delete('O'));
        samples.put(
                "truncate", MessageBytes.kind('T').int32(2).int8(3).int32(16384).int32(16390));
        samples.put(
                "message",
                MessageBytes.kind('M')
                        .int8(1)
                        .int64(0x77)
                        .string("prefix")
                        .int32(3)
                        .raw(new byte[] {0, -1, 'x'}));
        samples.put("streamStart", MessageBytes.kind('S').int32(740).int8(1));
        samples.put("streamStop", MessageBytes.kind('E'));
        samples.put(
                "streamCommit",
                MessageBytes.kind('c')
                        .int32(740)
                        .int8(0)
                        .int64(0x16B6C50)
                        .int64(0x16B6C80)
                        .int64(MICROS));
        samples.put("streamAbort", MessageBytes.kind('A').int32(740).int32(742));
        samples.put("beginPrepare", prepared('b').int32(740).string("order 7"));
        samples.put("prepare", prepared('P').int32(740).string("order 7"));
        samples.put("streamPrepare", prepared('p').int32(740).string("größe"));
        samples.put("commitPrepared", prepared('K').int32(740).string("order 7"));
        samples.put("rollbackPrepared", prepared('r').int64(MICROS).int32(740).string("order 7"));
        Map<String, byte[]> bytes = new LinkedHashMap<>();
        samples.forEach((name, message) -> bytes.put(name, message.toArray()));
        return bytes;
    }

    private static MessageBytes prepared(char kind) {
        MessageBytes head = MessageBytes.kind(kind);
        return (kind == 'b' ? head : head.int8(0))
                .int64(0x16B6C50)
                .int64(0x16B6C80)
                .int64(MICROS);
    }

    static MessageBytes relationHead(String schema, String name, char identity) {
        return MessageBytes.kind('R').int32(16384).string(schema).string(name).int8(identity);
    }

    private static MessageBytes relation() {
        return relationHead("public", "user", 'd')
                .int16(2)
                .column(1, "id", 23, -1)
                .column(0, "größe 😀", 1700, 655_366);
    }

    private static MessageBytes update(char kind) {
        return MessageBytes.kind('U')
                .int32(16384)
                .int8(kind)
                .tuple(Cell.of("1"), Cell.NULL)
                .int8('N')
                .tuple(Cell.of("2"), Cell.of("größe"));
    }

    private static MessageBytes delete(char kind) {
        return MessageBytes.kind('D').int32(16384).int8(kind).tuple(Cell.of("1"), Cell.NULL);
    }
}
