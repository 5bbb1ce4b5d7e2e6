package io.walwire.internal.codec;

import static io.walwire.internal.codec.Types.decode;
import static io.walwire.internal.codec.Types.json;
import static io.walwire.internal.codec.Types.node;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.AbstractMap;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlainValuesTest {
    private static final long SEED = 2_950L;

    @Test
    void bool() {
        assertThat(decode(Types.BOOL, "t")).isEqualTo(true);
        assertThat(decode(Types.BOOL, "f")).isEqualTo(false);
        assertThat(json(Types.BOOL, "t")).isEqualTo("true");
        assertThat(json(Types.BOOL, "f")).isEqualTo("false");
        assertMalformed(Types.BOOL, "");
        assertMalformed(Types.BOOL, "x");
        assertMalformed(Types.BOOL, "tt");
        assertThat(json(Types.BOOL, "x")).isEqualTo("\"x\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "Grüße, 世界 🐘",
                "two\nlines\tand \"quotes\" \\ back",
                "\u0001",
                "-$1,234.50",
                "  blanks  ",
                "192.168.0.1/24",
                "[1,11)",
                "(1,\"a \"\"q\"\" (x)\",,\"{1,2}\")",
                "\\200",
                "1 2 3",
                "16/B374D848",
                "<a>&</a>"
            })
    void text(String text) {
        assertThat(decode(Types.TEXT, text)).isEqualTo(text);
        assertThat(node(Types.JSON, json(Types.TEXT, text)).textValue()).isEqualTo(text);
        assertThat(json(Types.TEXT, text)).doesNotContain("\n");
    }

    @Test
    void text_longerThanEveryBuffer() {
        String text = "é\n🐘x".repeat(100_000);
        assertThat(decode(Types.TEXT, text)).isEqualTo(text);
        assertThat(json(Types.TEXT, text)).isEqualTo('"' + text.replace("\n", "\\n") + '"');
    }

    @Test
    void uuid() {
        Random random = new Random(SEED);
        System.out.println("PlainValuesTest seed " + SEED);
        for (int i = 0; i < 5_000; i++) {
            UUID uuid = new UUID(random.nextLong(), random.nextLong());
            assertThat(decode(Types.UUID, uuid.toString())).isEqualTo(uuid);
            assertThat(json(Types.UUID, uuid.toString())).isEqualTo("\"" + uuid + '"');
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a0eebc99",
                "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
                "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111",
                "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                "a0eebc999c0b-4ef8-bb6d-6bb9bd380a1122",
                "-0eebc99-9c0b-4ef8-bb6d-6bb9bd380a-1",
                "é0eebc9-9c0b-4ef8-bb6d-6bb9bd380a11"
            })
    void uuid_malformed(String text) {
        assertMalformed(Types.UUID, text);
    }

    @ParameterizedTest
    @CsvSource({
        "\\x,''",
        "\\xdeadBEEF00,deadbeef00",
        "'',''",
        "abc,616263",
        "a\\\\b,615c62",
        "\\000\\377\\134x,00ff5c78",
        "\\\\x41,5c783431",
    })
    void bytea(String text, String hex) {
        byte[] expected = HexFormat.of().parseHex(hex);
        assertThat((byte[]) decode(Types.BYTEA, text)).isEqualTo(expected);
        assertThat(json(Types.BYTEA, text)).isEqualTo('"' + Base64.getEncoder().encodeToString(expected) + '"');
    }

    @Test
    void bytea_longerThanALineOfBase64() {
        byte[] bytes = new byte[10_001];
        new Random(SEED).nextBytes(bytes);
        String text = "\\x" + HexFormat.of().formatHex(bytes);
        assertThat((byte[]) decode(Types.BYTEA, text)).isEqualTo(bytes);
        assertThat(json(Types.BYTEA, text)).isEqualTo('"' + Base64.getEncoder().encodeToString(bytes) + '"');
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\x1", "\\xg0", "\\x 00", "\\", "\\1", "\\12", "\\400", "\\189", "\\xé"})
    void bytea_malformed(String text) {
        assertMalformed(Types.BYTEA, text);
        assertThat(json(Types.BYTEA, text)).isEqualTo('"' + text.replace("\\", "\\\\") + '"');
    }

    @Test
    void hstore() {
        String text = "\"a\"=>\"1\", \"b\"=>NULL, \"\"=>\"NULL\", \"q\\\"\\\\\"=>\"é, =>\"";
        @SuppressWarnings("unchecked")
        Map<String, String> map = (Map<String, String>) decode(Types.HSTORE, text);
        assertThat(map)
                .containsExactly(
                        Map.entry("a", "1"),
                        new AbstractMap.SimpleEntry<>("b", null),
                        Map.entry("", "NULL"),
                        Map.entry("q\"\\", "é, =>"));
        assertThat(json(Types.HSTORE, text))
                .isEqualTo("{\"a\":\"1\",\"b\":null,\"\":\"NULL\",\"q\\\"\\\\\":\"é, =>\"}");
        assertThat(json(Types.HSTORE, "")).isEqualTo("{}");
        assertThatThrownBy(() -> map.put("c", "2")).isInstanceOf(UnsupportedOperationException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a=>1",
                "\"a\"",
                "\"a\"=>",
                "\"a\"=>\"1",
                "\"a\"=>\"1\", ",
                "\"a\"=>\"1\",\"b\"=>\"2\"",
                "\"a\"=>null",
                "\"a\\",
                "\"a\"=>\"1\"x"
            })
    void hstore_malformed(String text) {
        assertMalformed(Types.HSTORE, text);
        assertThat(json(Types.HSTORE, text)).startsWith("\"");
    }

    @ParameterizedTest
    @EnumSource(TypeKind.class)
    void decode_anyBytes(TypeKind kind) {
        Random random = new Random(SEED);
        byte[] alphabet = "0123456789-+:. {}[]\",\\xtfNULBCeyinday=>;T".getBytes(US_ASCII);
        PgType type = kind == TypeKind.ARRAY ? Types.arrayOf(Types.INT4) : PgType.scalar(1, "t", kind);
        for (int i = 0; i < 10_000; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            for (int b = 0; b < bytes.length; b++) {
                bytes[b] = alphabet[random.nextInt(alphabet.length)];
            }
            try {
                assertThat(TextValues.decode(type, bytes, 0, bytes.length)).isNotNull();
            } catch (UnrepresentableException malformed) {
                assertThat(malformed).hasMessageStartingWith("type ");
            }
            assertThat(printed(type, bytes)).isNotEmpty();
        }
    }

    /** Reads what was printed, so that a line that is no JSON fails. */
    private static String printed(PgType type, byte[] bytes) {
        byte[] json = json(type, new String(bytes, US_ASCII)).getBytes(US_ASCII);
        return TextValues.decode(Types.JSON, json, 0, json.length).toString();
    }

    @Test
    void kind_ofBuiltInTypes() {
        assertThat(TypeKind.ofBuiltIn(16)).isEqualTo(TypeKind.BOOL);
        assertThat(TypeKind.ofBuiltIn(3802)).isEqualTo(TypeKind.JSON);
        assertThat(TypeKind.ofBuiltIn(25)).isEqualTo(TypeKind.TEXT);
        assertThat(TypeKind.ofBuiltIn(4_294_967_295L)).isEqualTo(TypeKind.TEXT);
        // the low half alone is that of bool
        assertThat(TypeKind.ofBuiltIn((1L << 32) + 16)).isEqualTo(TypeKind.TEXT);
    }

    private static void assertMalformed(PgType type, String text) {
        assertThatThrownBy(() -> decode(type, text))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessageStartingWith("type " + type.name() + ": ")
                .hasNoCause();
    }
}
