package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.testing.HostileContents;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against Jackson's generator: {@code -Dwalwire.property.seed} says which random values. */
class JsonOutputTest {
    private static final int VALUES = 5_000;
    private static final int ESCAPED_CHARACTERS = 0x60;
    private static final int CHARACTERS = 0x11_0000;

    private final long seed = Long.getLong("walwire.property.seed", new Random().nextLong());
    private final Random random = new Random(seed);

    @Test
    void string_eachCharacter() {
        for (int point = 0; point < CHARACTERS; point++) {
            boolean surrogate = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
            if (!surrogate && (point < 0x1_0000 || point % 97 == 0)) {
                requireAlike(Types.TEXT, (Character.toString(point) + "x").getBytes(UTF_8));
            }
        }
    }

    @Test
    void string_eachEscapeAtEachPlaceOfEight() {
        for (int c = 1; c < ESCAPED_CHARACTERS; c++) {
            for (int place = 0; place < 20; place++) {
                requireAlike(Types.TEXT, ("a".repeat(place) + (char) c + "b".repeat(20 - place)).getBytes(UTF_8));
            }
        }
    }

    @Test
    void string_ofBytesThatAreNoUtf8() {
        for (int i = 0; i < 20 * VALUES; i++) {
            byte[] bytes = new byte[random.nextInt(12)];
            for (int at = 0; at < bytes.length; at++) {
                int any = random.nextInt(4);
                bytes[at] = (byte) (any == 0 ? random.nextInt(256) : any == 1 ? 'a' : 0x80 + random.nextInt(0x80));
            }
            assertThat(Utf8.isValid(bytes, 0, bytes.length)).as("seed %d", seed).isEqualTo(isUtf8(bytes));
            requireAlike(Types.TEXT, bytes);
            requireAlike(Types.JSON, bytes);
        }
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException malformed) {
            return false;
        }
    }

    @Test
    void bytea_ofEachLength() {
        for (int length = 0; length < 200; length++) {
            byte[] value = new byte[length];
            random.nextBytes(value);
            requireAlike(Types.BYTEA, BinaryValues.hex(value, 0, length).getBytes(UTF_8));
            requireAlikeInBinary(Types.BYTEA, value);
            requireAlike(Types.BYTEA, "\\\\\\001a".repeat(length).getBytes(UTF_8));
        }
    }

    @ParameterizedTest
    @EnumSource(TypeKind.class)
    void value_ofEachKind(TypeKind kind) {
        PgType type = type(kind);
        byte[] alphabet = "0123456789012345678901234567890-+:. {}[]\"\\xtfaNe,T".getBytes(UTF_8);
        for (int i = 0; i < VALUES; i++) {
            byte[] text = new byte[random.nextInt(40)];
            for (int at = 0; at < text.length; at++) {
                text[at] = alphabet[random.nextInt(alphabet.length)];
            }
            requireAlike(type, text);
        }
        for (String text : HostileContents.texts()) {
            requireAlike(type, text.getBytes(UTF_8));
        }
        for (String text : HostileContents.valuesByType().getOrDefault(type.name(), List.of())) {
            requireAlike(type, text.getBytes(UTF_8));
        }
    }

    @ParameterizedTest
    @EnumSource(TypeKind.class)
    void binaryValue_ofEachKind(TypeKind kind) {
        PgType type = type(kind);
        for (int i = 0; i < VALUES; i++) {
            byte[] value = new byte[new int[] {1, 2, 4, 8, 12, 16, 10, 3}[random.nextInt(8)]];
            random.nextBytes(value);
            requireAlikeInBinary(type, value);
            for (byte[] number : numbers(value.length)) {
                requireAlikeInBinary(type, number);
            }
        }
    }

    /** Of these many bytes, numbers that are small, extreme, times of this age, or floats of few digits. */
    private List<byte[]> numbers(int length) {
        List<byte[]> numbers = new ArrayList<>();
        long[] values = {
            random.nextInt(1000) - 500,
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            Integer.MAX_VALUE,
            Integer.MIN_VALUE,
            random.nextLong() >> random.nextInt(64),
            Double.doubleToLongBits(random.nextInt(100_000) / 100.0),
            Double.doubleToLongBits(Double.NaN)
        };
        for (long value : values) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.max(8, length)).putLong(0, value);
            byte[] number = new byte[length];
            bytes.get(length < 8 ? 8 - length : 0, number);
            numbers.add(number);
        }
        return numbers;
    }

    @Test
    void binaryFloat4_few() {
        for (int i = 0; i < VALUES; i++) {
            float value = random.nextInt(100_000) / 100f;
            requireAlikeInBinary(
                    Types.FLOAT4, ByteBuffer.allocate(4).putFloat(value).array());
        }
    }

    private static PgType type(TypeKind kind) {
        return switch (kind) {
            case BOOL -> Types.BOOL;
            case INT2 -> Types.INT2;
            case INT4 -> Types.INT4;
            case INT8 -> Types.INT8;
            case OID -> Types.OID;
            case FLOAT4 -> Types.FLOAT4;
            case FLOAT8 -> Types.FLOAT8;
            case NUMERIC -> Types.NUMERIC;
            case UUID -> Types.UUID;
            case DATE -> Types.DATE;
            case TIME -> Types.TIME;
            case TIMETZ -> Types.TIMETZ;
            case TIMESTAMP -> Types.TIMESTAMP;
            case TIMESTAMPTZ -> Types.TIMESTAMPTZ;
            case INTERVAL -> Types.INTERVAL;
            case BYTEA -> Types.BYTEA;
            case JSON -> Types.JSONB;
            case HSTORE -> Types.HSTORE;
            case ARRAY -> Types.arrayOf(Types.INT4);
            case TEXT -> Types.TEXT;
        };
    }

    private void requireAlike(PgType type, byte[] text) {
        JsonOutput out = new JsonOutput();
        JsonValues.write(out, type, text, 0, text.length);
        assertThat(out.end()).as("seed %d", seed).isEqualTo(JacksonValues.json(type, text, 0, text.length));
    }

    private void requireAlikeInBinary(PgType type, byte[] value) {
        JsonOutput out = new JsonOutput();
        BinaryValues.write(out, type, value, 0, value.length);
        assertThat(out.end()).as("seed %d", seed).isEqualTo(JacksonValues.binaryJson(type, value, 0, value.length));
    }

    @Test
    void end_largeText_leavesASmallBuffer() throws IOException {
        JsonOutput out = new JsonOutput();
        int kept = out.bytes().length;
        out.string("x".repeat(100_000));
        TextOutput scratch = out.scratch(Integer.MAX_VALUE);
        scratch.put(new byte[100_000], 0, 100_000);
        ByteArrayOutputStream written = new ByteArrayOutputStream();

        out.end(written);

        assertThat(written.size()).isEqualTo(100_002);
        assertThat(out.bytes()).hasSize(kept);
        assertThat(scratch.bytes().length).isLessThanOrEqualTo(kept);
        assertThat(out.end()).isEmpty();
    }

    @Test
    void end_streamThatFails_leavesNothing() {
        JsonOutput out = new JsonOutput();
        out.string("x");
        IOException full = new IOException("full");

        assertThatThrownBy(() -> out.end(new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw full;
                    }
                }))
                .isSameAs(full);

        assertThat(out.end()).isEmpty();
    }
}
