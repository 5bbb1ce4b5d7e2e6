package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Values as their send functions make them, and as their output functions print them. */
class BinaryTextTest {
    private static final long MAX_BYTES_ALLOCATED = 40_000_000;

    private static final PgType MOOD = PgType.of(16_500, "mood", TypeKind.TEXT, BinaryForm.TEXT, List.of());
    private static final PgType HSTORE = PgType.of(16_400, "hstore", TypeKind.HSTORE, BinaryForm.HSTORE, List.of());
    private static final PgType RANGE =
            PgType.of(16_501, "textrange", TypeKind.TEXT, BinaryForm.RANGE, List.of(Types.TEXT));
    private static final PgType MULTIRANGE =
            PgType.of(16_502, "textmultirange", TypeKind.TEXT, BinaryForm.MULTIRANGE, List.of(RANGE));
    private static final PgType PAIR =
            PgType.of(16_503, "pair", TypeKind.TEXT, BinaryForm.COMPOSITE, List.of(Types.INT4, Types.TEXT, MOOD));

    private static final Map<String, PgType> TYPES = Stream.of(
                    Types.BOOL,
                    Types.BYTEA,
                    Types.INT2,
                    Types.INT4,
                    Types.INT8,
                    Types.TEXT,
                    Types.OID,
                    Types.JSON,
                    Types.JSONB,
                    Types.FLOAT4,
                    Types.FLOAT8,
                    Types.DATE,
                    Types.TIME,
                    Types.TIMESTAMP,
                    Types.TIMESTAMPTZ,
                    Types.INTERVAL,
                    Types.TIMETZ,
                    Types.NUMERIC,
                    Types.UUID,
                    Types.BOX_ARRAY,
                    MOOD,
                    HSTORE,
                    RANGE,
                    MULTIRANGE,
                    PAIR,
                    PgType.array(1007, Types.INT4),
                    PgType.array(1009, Types.TEXT),
                    PgType.text(18, "char"),
                    PgType.text(22, "int2vector"),
                    PgType.text(27, "tid"),
                    PgType.text(600, "point"),
                    PgType.text(601, "lseg"),
                    PgType.text(602, "path"),
                    PgType.text(603, "box"),
                    PgType.text(604, "polygon"),
                    PgType.text(628, "line"),
                    PgType.text(718, "circle"),
                    PgType.text(774, "macaddr8"),
                    PgType.text(790, "money"),
                    PgType.text(829, "macaddr"),
                    PgType.text(869, "inet"),
                    PgType.text(650, "cidr"),
                    PgType.text(1562, "varbit"),
                    PgType.text(3220, "pg_lsn"),
                    PgType.text(3614, "tsvector"),
                    PgType.text(3615, "tsquery"),
                    PgType.text(4072, "jsonpath"),
                    PgType.text(5069, "xid8"))
            .collect(Collectors.toMap(PgType::name, Function.identity()));

    private static PgType type(String name) {
        return Objects.requireNonNull(TYPES.get(name), name);
    }

    static Stream<Arguments> values() {
        return Stream.concat(scalars(), containers());
    }

    private static Stream<Arguments> scalars() {
        return Stream.of(
                Arguments.of("bool", "01", "t"),
                Arguments.of("bool", "00", "f"),
                Arguments.of("bytea", "00ff5c", "\\x00ff5c"),
                Arguments.of("bytea", "", "\\x"),
                Arguments.of("int2", "8000", "-32768"),
                Arguments.of("int4", "ffffffff", "-1"),
                Arguments.of("int8", "8000000000000000", "-9223372036854775808"),
                Arguments.of("oid", "ffffffff", "4294967295"),
                Arguments.of("xid8", "ffffffffffffffff", "18446744073709551615"),
                Arguments.of("tid", "ffffffffffff", "(4294967295,65535)"),
                Arguments.of("pg_lsn", "00000016b374d848", "16/B374D848"),
                Arguments.of("float4", "3f8ccccd", "1.1"),
                Arguments.of("float8", "fff8000000000000", "NaN"),
                Arguments.of("numeric", "0000000000000000", "0"),
                Arguments.of("numeric", "0000000000000003", "0.000"),
                Arguments.of("numeric", "000200000000000200011388", "1.50"),
                Arguments.of("numeric", "0001fffd4000000c" + "04d2", "-0.000000001234"),
                Arguments.of("numeric", "000100020000000004d2", "123400000000"),
                Arguments.of("numeric", "00000000c0000000", "NaN"),
                Arguments.of("numeric", "00000000d0000020", "Infinity"),
                Arguments.of("numeric", "00000000f0000020", "-Infinity"),
                Arguments.of("money", "fffffffffffe1dd2", "-$1,234.38"),
                Arguments.of("money", "8000000000000000", "-$92,233,720,368,547,758.08"),
                Arguments.of("money", "0000000000000005", "$0.05"),
                Arguments.of("char", "00", ""),
                Arguments.of("char", "78", "x"),
                Arguments.of("char", "c3", "\\303"),
                Arguments.of("uuid", "a0eebc999c0b4ef8bb6d6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
                Arguments.of("date", "00000000", "2000-01-01"),
                Arguments.of("date", "7fffffff", "infinity"),
                Arguments.of("date", "ffda97a7", "4714-11-24 BC"),
                Arguments.of("time", "000000141dd76000", "24:00:00"),
                Arguments.of("time", "0000000000000001", "00:00:00.000001"),
                Arguments.of("timetz", "0000000000000000" + "ffffb4be", "00:00:00+05:21:06"),
                Arguments.of("timetz", "0000000000000000" + "00000e10", "00:00:00-01"),
                Arguments.of("timestamp", "ffffffffffffffff", "1999-12-31 23:59:59.999999"),
                Arguments.of("timestamp", "8000000000000000", "-infinity"),
                Arguments.of("timestamptz", "0000000000000000", "2000-01-01 00:00:00+00"),
                Arguments.of("interval", "0000000000000000" + "00000000" + "00000000", "00:00:00"),
                Arguments.of(
                        "interval", "0000000000000001" + "00000001" + "ffffffff", "-1 mons +1 day 00:00:00.000001"),
                Arguments.of("interval", "ffffffffffffffff" + "00000000" + "0000000d", "1 year 1 mon -00:00:00.000001"),
                Arguments.of("interval", "7fffffffffffffff" + "7fffffff" + "7fffffff", "infinity"),
                Arguments.of("interval", "7fffffffffffffff" + "00000000" + "00000000", "2562047788:00:54.775807"),
                Arguments.of("interval", "8000000000000000" + "00000000" + "00000000", "-2562047788:00:54.775808"),
                Arguments.of("inet", "02180004c0a80001", "192.168.0.1/24"),
                Arguments.of("inet", "02200004c0a80001", "192.168.0.1"),
                Arguments.of("cidr", "02200104c0a80001", "192.168.0.1/32"),
                Arguments.of("inet", "03800010" + "0".repeat(31) + "1", "::1"),
                Arguments.of("inet", "03800010" + "0".repeat(32), "::"),
                Arguments.of("inet", "03800010" + "0".repeat(20) + "ffff" + "01020304", "::ffff:1.2.3.4"),
                Arguments.of("inet", "03400010" + "20010db8" + "0".repeat(24), "2001:db8::/64"),
                Arguments.of("macaddr", "08002b010203", "08:00:2b:01:02:03"),
                Arguments.of("macaddr8", "08002bfffe010203", "08:00:2b:ff:fe:01:02:03"),
                Arguments.of("varbit", "0000000aa540", "1010010101"),
                Arguments.of("varbit", "00000000", ""));
    }

    private static Stream<Arguments> containers() {
        String one = "3ff0000000000000";
        String zero = "0000000000000000";
        return Stream.of(
                Arguments.of("text", hex("größe"), "größe"),
                Arguments.of("mood", hex("in progress"), "in progress"),
                Arguments.of("jsonb", "01" + hex("{}"), "{}"),
                Arguments.of("jsonpath", "01" + hex("$"), "$"),
                Arguments.of("point", one + zero, "(1,0)"),
                Arguments.of("lseg", one + zero + zero + one, "[(1,0),(0,1)]"),
                Arguments.of("box", one + one + zero + zero, "(1,1),(0,0)"),
                Arguments.of("path", "0000000001" + one + zero, "[(1,0)]"),
                Arguments.of("path", "0100000001" + one + zero, "((1,0))"),
                Arguments.of("polygon", "00000001" + one + zero, "((1,0))"),
                Arguments.of("line", one + zero + one, "{1,0,1}"),
                Arguments.of("circle", one + zero + one, "<(1,0),1>"),
                Arguments.of("int4[]", "00000000" + "00000000" + "00000017", "{}"),
                Arguments.of("int4[]", array(1, 23, "00000002" + "00000000", "00000001", null), "[0:1]={1,NULL}"),
                Arguments.of(
                        "int4[]",
                        array(2, 23, "00000001" + "00000001" + "00000002" + "00000001", "00000001", "00000002"),
                        "{{1,2}}"),
                Arguments.of(
                        "text[]",
                        array(1, 25, "00000004" + "00000001", hex("null"), hex(""), hex("a\"\\"), hex("a;b")),
                        "{\"null\",\"\",\"a\\\"\\\\\",a;b}"),
                Arguments.of("box[]", array(1, 603, "00000001" + "00000001", one + one + zero + zero), "{(1,1),(0,0)}"),
                Arguments.of("int2vector", array(1, 21, "00000002" + "00000000", "0001", "ffff"), "1 -1"),
                Arguments.of("textrange", "01", "empty"),
                Arguments.of("textrange", "18", "(,)"),
                Arguments.of("textrange", "02" + part("") + part("a\"\\b"), "[\"\",\"a\"\"\\\\b\")"),
                Arguments.of(
                        "textmultirange",
                        "00000002" + "00000001" + "01" + "00000006" + "14" + part("b"),
                        "{empty,(b,]}"),
                Arguments.of(
                        "pair",
                        "00000003" + "00000017" + "ffffffff" + "00000019" + part("") + "00004074" + part("a (b)"),
                        "(,\"\",\"a (b)\")"),
                Arguments.of(
                        "hstore",
                        "00000002" + part("a\"") + part("1\\") + part("") + "ffffffff",
                        "\"a\\\"\"=>\"1\\\\\", \"\"=>NULL"),
                Arguments.of(
                        "tsvector",
                        "00000002" + hex("a'\\b") + "00" + "0002" + "c001" + "0007" + hex("z") + "00" + "0000",
                        "'a''\\\\b':1A,7 'z'"),
                Arguments.of("tsquery", "00000000", ""),
                Arguments.of(
                        "tsquery",
                        // (a | b:*A) <2> !c
                        "00000006" + "0204" + "0002" + "0201" + "010000" + hex("c") + "00" + "0203" + "010801"
                                + hex("b") + "00" + "010000" + hex("a") + "00",
                        "( 'a' | 'b':*A ) <2> !'c'"));
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(UTF_8));
    }

    private static String part(String text) {
        return HexFormat.of().toHexDigits(text.getBytes(UTF_8).length) + hex(text);
    }

    private static String array(int dimensions, int oid, String bounds, @Nullable String... elements) {
        return HexFormat.of().toHexDigits(dimensions) + "00000001"
                + HexFormat.of().toHexDigits(oid) + bounds
                + Arrays.stream(elements)
                        .map(element -> element == null
                                ? "ffffffff"
                                : HexFormat.of().toHexDigits(element.length() / 2) + element)
                        .collect(Collectors.joining());
    }

    @ParameterizedTest
    @MethodSource("values")
    void text_asPostgresPrintsIt(String name, String hex, String text) {
        byte[] value = HexFormat.of().parseHex("ff" + hex + "0001");
        assertThat(BinaryValues.text(type(name), value, 1, hex.length() / 2)).isEqualTo(text);
    }

    @ParameterizedTest
    @MethodSource("values")
    void decodeAndJson_asOfTheText(String name, String hex, String text) {
        byte[] value = HexFormat.of().parseHex("ff" + hex + "0001");
        PgType type = type(name);
        assertThat(Types.binaryJson(type, value, 1, hex.length() / 2)).isEqualTo(Types.json(type, text));
        if (type.kind() == TypeKind.TIME && text.equals("24:00:00")) {
            assertThatThrownBy(() -> BinaryValues.decode(type, value, 1, hex.length() / 2))
                    .isInstanceOf(UnrepresentableException.class)
                    .hasMessageContaining("24:00:00");
        } else {
            assertThat(BinaryValues.decode(type, value, 1, hex.length() / 2)).isEqualTo(Types.decode(type, text));
        }
    }

    @Test
    void decode_wrongLength_isUnrepresentable() {
        for (String name : List.of(
                "bool",
                "int2",
                "int4",
                "int8",
                "oid",
                "float4",
                "float8",
                "uuid",
                "date",
                "time",
                "timetz",
                "timestamp",
                "timestamptz",
                "interval",
                "numeric",
                "inet",
                "point",
                "tsquery",
                "int4[]",
                "pair",
                "hstore")) {
            PgType type = type(name);
            for (byte[] value : List.of(new byte[0], new byte[1], new byte[3], new byte[33])) {
                boolean fits = name.equals("bool") && value.length == 1;
                if (!fits) {
                    assertThatThrownBy(() -> BinaryValues.decode(type, value, 0, value.length))
                            .as("%s of %d bytes", name, value.length)
                            .isInstanceOf(UnrepresentableException.class)
                            .hasMessageContaining("type " + name.replace("[]", ""));
                    assertThat(Types.binaryJson(type, value, 0, value.length)).startsWith("\"\\\\x");
                }
            }
        }
    }

    @Test
    void decode_unknownForm() {
        PgType cube = PgType.text(16_600, "cube");
        assertThatThrownBy(() -> BinaryValues.decode(cube, new byte[4], 0, 4))
                .isInstanceOf(UnrepresentableException.class)
                .hasMessageContaining("type cube");
        assertThat(cube.isExactInBinary()).isFalse();
        assertThat(PgType.array(16_601, cube).isExactInBinary()).isFalse();
    }

    @Test
    void areAlike_bytesThatDifferInNothingThatIsPrinted() {
        byte[] nan = HexFormat.of().parseHex("7ff8000000000000");
        byte[] another = HexFormat.of().parseHex("fff8000000000001");
        assertThat(BinaryValues.areAlike(Types.FLOAT8, nan, 0, 8, another, 0, 8))
                .isTrue();
        assertThat(BinaryValues.areAlike(Types.FLOAT8, nan, 0, 8, new byte[8], 0, 8))
                .isFalse();
        assertThat(BinaryValues.areAlike(Types.TEXT, nan, 0, 8, another, 0, 8)).isFalse();
        assertThat(BinaryValues.areAlike(Types.INT4, nan, 0, 8, another, 0, 8)).isFalse();
    }

    /** {@code -Dwalwire.fuzz.values} says how many, {@code -Dwalwire.fuzz.seed} which. */
    @Test
    void decode_randomDamage_isUnrepresentableOrAValue() {
        long seed = Long.getLong("walwire.fuzz.seed", new Random().nextLong());
        Random random = new Random(seed);
        List<Object[]> samples = values().map(Arguments::get).toList();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = Integer.getInteger("walwire.fuzz.values", 30_000); i > 0; i--) {
            Object[] sample = samples.get(random.nextInt(samples.size()));
            byte[] value = HexFormat.of().parseHex((String) sample[1]);
            for (int mutations = random.nextInt(3); mutations > 0 && value.length > 0; mutations--) {
                value[random.nextInt(value.length)] =
                        (byte) (random.nextBoolean() ? 0xff >> random.nextInt(9) : random.nextInt());
            }
            byte[] damaged =
                    Arrays.copyOf(value, random.nextInt(3) == 0 ? random.nextInt(value.length + 4) : value.length);
            String what = "-Dwalwire.fuzz.seed=" + seed + ", " + sample[0] + " "
                    + HexFormat.of().formatHex(damaged);
            PgType type = type((String) sample[0]);
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                assertThat(Types.binaryJson(type, damaged, 0, damaged.length))
                        .as(what)
                        .isNotEmpty();
                BinaryValues.decode(type, damaged, 0, damaged.length);
            } catch (UnrepresentableException expected) {
                assertThat(expected).as(what).hasMessageContaining("type ");
            } catch (RuntimeException | Error e) {
                throw new AssertionError(what, e);
            }
            assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                    .as(what)
                    .isLessThan(MAX_BYTES_ALLOCATED);
        }
    }
}
