package io.walwire.internal.pgoutput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes that are not a message: one kind of exception, which says where, whatever they are. */
class MalformedMessagesTest {
    private static final String KINDS = "BCORYIUDTMSEcAbPpKr";
    private static final long MAX_BYTES_ALLOCATED = 100_000;

    static Stream<Arguments> samples() {
        return Samples.all().entrySet().stream().map(sample -> Arguments.of(sample.getKey(), sample.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("samples")
    void decode_everyTruncation(String name, byte[] message) {
        for (int length = 1; length < message.length; length++) {
            String failure = failure(Arrays.copyOf(message, length));
            assertThat(failure)
                    .as("%s cut to %d of %d bytes", name, length, message.length)
                    .startsWith("A message '" + (char) message[0] + "' of pgoutput, " + length + " bytes long, ");
            assertThat(offset(failure)).as(failure).isBetween(1, length);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("samples")
    void decode_trailingByte(String name, byte[] message) {
        assertThat(failure(Arrays.copyOf(message, message.length + 1)))
                .as(name)
                .contains("is longer than its fields (at byte " + message.length + ")");
    }

    @Test
    void decode_empty() {
        assertThat(failure(new byte[0]))
                .startsWith("An empty message of pgoutput")
                .contains("(at byte 0)");
    }

    @Test
    void decode_everyUnknownKind() {
        IntStream.range(0, 256).filter(kind -> KINDS.indexOf(kind) < 0).forEach(kind -> assertThat(
                        failure(new byte[] {(byte) kind, 0, 0, 0, 0, 0, 0, 0, 0}))
                .startsWith(
                        kind > ' ' && kind < 127
                                ? "A message '" + (char) kind + "' of pgoutput"
                                : "A message 0x" + Integer.toHexString(kind) + " of pgoutput")
                .contains("(at byte 1)"));
    }

    static Stream<Arguments> hostile() {
        return Stream.of(
                hostile("tuple's count", insert().int16(0xFFFF).raw(new byte[12]), "more columns", 8),
                hostile("value's length", insert().int16(1).int8('t').int32(Integer.MAX_VALUE), "ends too early", 13),
                hostile("value's negative length", insert().int16(1).int8('t').int32(-1), "negative length", 13),
                hostile("binary value's length", insert().int16(1).int8('b').int32(Integer.MAX_VALUE), "ends too", 13),
                hostile(
                        "binary value's negative length",
                        insert().int16(1).int8('b').int32(-1),
                        "negative length",
                        13),
                hostile("value of unknown kind", insert().int16(1).int8('x').int32(0), "column of unknown kind", 9),
                hostile("tuple's kind, insert", row('I').int8('O').int16(0), "lacks its new tuple", 6),
                hostile("tuple's kind, update", row('U').int8('X').int16(0), "tuple of unknown kind", 6),
                hostile("tuple's kind, delete", row('D').int8('N').int16(0), "tuple of unknown kind", 6),
                hostile(
                        "second tuple's kind",
                        row('U').int8('K').int16(0).int8('K').int16(0),
                        "lacks its new",
                        9),
                hostile("relation's count", relation('d').int16(0xFFFF).raw(new byte[12]), "more columns", 12),
                hostile("replica identity", relation('x').int16(0), "unknown replica identity", 10),
                hostile(
                        "name without end",
                        MessageBytes.kind('O').int64(0).raw(new byte[] {'a'}),
                        "inside a string",
                        10),
                hostile("truncate's count", truncate(Integer.MAX_VALUE), "more relations", 6),
                hostile("truncate's negative count", truncate(-1), "more relations", 6),
                hostile("content's length", content(Integer.MAX_VALUE), "ends too early", 15),
                hostile("content's negative length", content(-1), "negative length", 15));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void decode_hostileField(String what, byte[] message, String complaint, int offset) {
        failure(message); // loads the classes, which allocates
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        String failure = failure(message);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(failure).as(what).contains(complaint).contains("(at byte " + offset + ")");
        assertThat(allocated).as("bytes allocated").isLessThan(MAX_BYTES_ALLOCATED);
    }

    private static Arguments hostile(String what, MessageBytes message, String complaint, int offset) {
        return Arguments.of(what, message.toArray(), complaint, offset);
    }

    private static MessageBytes row(char kind) {
        return MessageBytes.kind(kind).int32(16384);
    }

    private static MessageBytes insert() {
        return row('I').int8('N');
    }

    private static MessageBytes relation(char identity) {
        return Samples.relationHead("s", "t", identity);
    }

    private static MessageBytes truncate(int count) {
        return MessageBytes.kind('T').int32(count).int8(0).int32(5);
    }

    private static MessageBytes content(int length) {
        return MessageBytes.kind('M').int8(0).int64(0).string("").int32(length).int8(1);
    }

    private static String failure(byte[] message) {
        WalwireException thrown =
                catchThrowableOfType(WalwireException.class, () -> PgOutput.decode(message, 0, message.length));
        assertThat(thrown).isNotNull();
        assertThat(thrown.code()).isEqualTo(ErrorCode.PROTOCOL);
        return String.valueOf(thrown.getMessage());
    }

    private static int offset(String message) {
        return Integer.parseInt(message.replaceFirst(".*\\(at byte (\\d+)\\).*", "$1"));
    }
}
