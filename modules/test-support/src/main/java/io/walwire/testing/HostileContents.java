package io.walwire.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a role without any rights can write into a column, a name or a message to harm a program that reads it. Sizes are
 * small by default; {@link #digits}, {@link #nested} and {@link #collidingNames} give the same in any size.
 */
public final class HostileContents {
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "NULL",
            "null",
            "a\nb",
            "a\r\nERROR forged line",
            "\u0001\u0002\u001b[31mred\u001b[0m",
            "\u0085\u2028\u2029",
            "\u202egnp.exe",
            "\ufeffbom",
            "\uffff\ufffd",
            "😀",
            "\"", // a quote alone
            "\\",
            "\\\\\"",
            "'; DROP TABLE users; --",
            "${jndi:ldap://localhost/a}",
            "%s%n%d {} {}",
            "{}",
            "{\"a\":1}",
            "\\x",
            "\\xzz",
            "=>",
            "<script>alert(1)</script>");

    private static final List<String> JSON = List.of(
            "{\"n\":1e99999999999}",
            "1e2147483647",
            "1e2147483648",
            "-1e-2147483648",
            "1e-99999999999",
            "1e999999999999999999999999999999",
            "1e" + "0".repeat(300) + "1",
            "0." + "0".repeat(400) + "1",
            "-0",
            "-0.0e-0",
            "{\"a\":1,\"a\":2,\"a\":3}",
            "{\"\":{\"\":{\"\":null}}}",
            "\"\\ud800\"",
            "\"\\udc00\\ud800\"",
            "{\"\\ud83d\":\"\\u0000\"}",
            "\"\\u0000\\u001f\\u2028\"",
            "[[[[[[[[]]]]]]]]",
            "null",
            " \r\n\t{ \"a\" :\n 1 } \n",
            "\"\\uFFFF\\ufeff\"");

    private static final List<String> NOT_JSON = List.of(
            "",
            "{",
            "[",
            "[}",
            "{\"a\"",
            "{\"a\":",
            "01",
            "1.",
            "1e",
            "1e+",
            "+1",
            "NaN",
            "Infinity",
            "-",
            "\"",
            "\"\\",
            "\"\\u12",
            "\"\\q\"",
            "\"\n\"",
            "{} {}",
            "{}x",
            "tru",
            "'a'",
            "\ufeff{}",
            "{\"a\":1}\u0000");

    private static final Map<String, List<String>> VALUES = values();

    private HostileContents() {}

    /** Valid JSON that many readers choke on: exponents, depths, lone surrogates, names that come twice. */
    public static List<String> jsonTexts() {
        List<String> texts = new ArrayList<>(JSON);
        texts.add(digits(20_000));
        texts.add("0." + digits(20_000));
        texts.add(digits(5_000) + "e" + digits(12));
        texts.add(nested(3_000));
        texts.add(nestedObjects(3_000));
        texts.add("\"" + "\\u0041".repeat(20_000) + "\"");
        return texts;
    }

    /** Contexts of transactions, which any role can write: JSON and what is none. None has a name that Walwire reads. */
    public static List<String> contexts() {
        return Stream.of(jsonTexts(), brokenJsonTexts(), List.of(collidingNames(10), digits(60_000)))
                .flatMap(List::stream)
                .toList();
    }

    /** What is not JSON, but begins or ends like it. */
    public static List<String> brokenJsonTexts() {
        List<String> texts = new ArrayList<>(NOT_JSON);
        texts.add("[".repeat(3_000));
        texts.add("{\"a\":".repeat(3_000));
        texts.add(digits(20_000) + "x");
        return texts;
    }

    /** Texts for a column of any textual type: line breaks, escapes, what looks like a format or a statement. */
    public static List<String> texts() {
        List<String> texts = new ArrayList<>(TEXTS);
        texts.addAll(jsonTexts());
        texts.addAll(brokenJsonTexts().stream()
                .filter(text -> text.indexOf('\0') < 0)
                .toList());
        return texts;
    }

    /** Texts without end, the same for the same seed; none holds a zero byte, which PostgreSQL's text cannot hold. */
    public static Stream<String> texts(Random random) {
        List<String> known = texts();
        List<String> values = VALUES.values().stream().flatMap(List::stream).toList();
        return Stream.generate(() -> switch (random.nextInt(4)) {
            case 0 -> known.get(random.nextInt(known.size()));
            case 1 -> values.get(random.nextInt(values.size()));
            case 2 -> joined(random, known);
            default -> characters(random);
        });
    }

    /** Names of schemas, tables, columns, types, slots' messages: whatever an identifier may hold. */
    public static List<String> names() {
        return List.of(
                "a\nb",
                "a\"b",
                "a'b",
                "a.b",
                "a:b",
                " ",
                "*",
                "público",
                "😀",
                "\\",
                "${name}",
                "{}",
                "%s",
                "\u0001",
                "\u202e",
                "walwire.context",
                "x".repeat(63));
    }

    /** Prefixes of messages. */
    public static List<String> prefixes() {
        List<String> prefixes = new ArrayList<>(names());
        prefixes.add("");
        prefixes.add("walwire.");
        prefixes.add("walwire.context ");
        prefixes.add("p".repeat(10_000));
        return prefixes;
    }

    /** Bytes that are not UTF-8, or only nearly: for a message's content, which PostgreSQL does not check. */
    public static List<byte[]> bytes() {
        List<byte[]> all = new ArrayList<>();
        all.add(new byte[0]);
        all.add(new byte[] {0});
        all.add(raw(0xff, 0xfe));
        all.add(raw(0xc0, 0x80)); // a zero byte in more bytes than it takes
        all.add(raw(0xed, 0xa0, 0x80)); // half of a surrogate pair
        all.add(raw(0xf4, 0x90, 0x80, 0x80)); // beyond Unicode
        all.add(raw(0xf0, 0x9f, 0x98)); // cut in the middle
        all.add(raw(0x80));
        all.add(raw('"', 0xff, '"'));
        all.add(raw('{', '"', 'a', '"', ':', '"', 0xc3, '"', '}'));
        all.add(raw(0xef, 0xbb, 0xbf, '{', '}'));
        all.add(raw(0, '{', 0, '}')); // UTF-16
        all.add(raw('{', 0, '}', 0));
        all.add(raw(0, 0, 0, '1'));
        return all;
    }

    /** Texts that PostgreSQL may print for a type, at its edges, and some that it never prints. By the type's name. */
    public static Map<String, List<String>> valuesByType() {
        return VALUES;
    }

    /** A number of so many digits. */
    public static String digits(int count) {
        return "9".repeat(count);
    }

    /** Arrays of JSON, each in the one before. */
    public static String nested(int depth) {
        return "[".repeat(depth) + "]".repeat(depth);
    }

    /** Objects of JSON, each in the one before. */
    public static String nestedObjects(int depth) {
        return "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);
    }

    /**
     * An object with names that collide: 2 to the {@code power} of them by {@link String#hashCode()}, and as many in the table of names that
     * Jackson keeps, whatever its seed is.
     */
    public static String collidingNames(int power) {
        return Stream.concat(combinations(power, "Aa", "BB"), combinations(power, "Ab", "BA"))
                .collect(Collectors.joining("\":1,\"", "{\"", "\":1}"));
    }

    private static Stream<String> combinations(int power, String one, String other) {
        return IntStream.range(0, 1 << power).mapToObj(choice -> IntStream.range(0, power)
                .mapToObj(place -> (choice >> place & 1) == 0 ? one : other)
                .collect(Collectors.joining()));
    }

    private static byte[] raw(int... values) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int value : values) {
            out.write(value);
        }
        return out.toByteArray();
    }

    private static String joined(Random random, List<String> known) {
        String joined = known.get(random.nextInt(known.size())) + known.get(random.nextInt(known.size()));
        return random.nextBoolean() || joined.isEmpty() ? joined : joined.substring(random.nextInt(joined.length()));
    }

    /** Through bytes and back, so that no half of a surrogate pair is in it. */
    private static String characters(Random random) {
        StringBuilder text = new StringBuilder();
        for (int left = random.nextInt(40); left > 0; left--) {
            int most = random.nextBoolean() ? 0x7f : random.nextInt(8) == 0 ? Character.MAX_CODE_POINT : 0x7ff;
            text.appendCodePoint(1 + random.nextInt(most));
        }
        return new String(text.toString().getBytes(UTF_8), UTF_8);
    }

    private static Map<String, List<String>> values() {
        Map<String, List<String>> byType = new LinkedHashMap<>();
        byType.put("json", List.of("1e99999999999", "[1e-99999999999]", "1e2147483647", digits(3_000)));
        byType.put("jsonb", List.of(digits(131_072), "0." + "0".repeat(16_382) + "1"));
        byType.put(
                "numeric",
                List.of(
                        digits(131_072) + "." + digits(16_383),
                        "1" + "0".repeat(131_071),
                        "-0." + "0".repeat(16_382) + "1",
                        "NaN",
                        "Infinity",
                        "1e10"));
        byType.put("float8", List.of("-0", "5e-324", "1.7976931348623157e+308", "NaN", "1e309", digits(2_000)));
        byType.put("int4", List.of("-2147483648", "2147483648", "-", "", digits(2_000)));
        byType.put("bool", List.of("t", "f", "true", ""));
        byType.put(
                "date", List.of("5874897-12-31", "4713-01-01 BC", "infinity", "-infinity", "999999999-12-31", "0000"));
        byType.put(
                "timestamptz",
                List.of(
                        "294276-12-31 23:59:59.999999+00",
                        "4714-11-24 00:00:00+00 BC",
                        "999999999-12-31 23:59:59-15:59:59",
                        "999999999-01-01 00:00:00+15:59:59 BC",
                        "infinity"));
        byType.put("timestamp", List.of("294276-12-31 23:59:59.999999", "999999999-12-31 24:00:00", "-infinity"));
        byType.put("time", List.of("24:00:00", "23:59:59.999999", "99:99:99"));
        byType.put("timetz", List.of("24:00:00-15:59:59", "00:00:00+99:59:59"));
        byType.put(
                "interval",
                List.of(
                        "178956970 years 7 mons 2147483647 days 2562047788:00:54.775807",
                        "-178956970 years -8 mons -2147483648 days -2562047788:00:54.775808",
                        "2147483648 days",
                        "infinity",
                        "9223372036854775807:00:00"));
        byType.put("bytea", List.of("\\x", "\\x0", "\\xgg", "\\377\\400", "\\"));
        byType.put("uuid", List.of("00000000-0000-0000-0000-000000000000", "g0000000-0000-0000-0000-000000000000", ""));
        byType.put("bit", List.of("", "2", "1".repeat(10_000)));
        byType.put(
                "text[]",
                List.of(
                        "{}",
                        "{NULL,\"NULL\",\"\"}",
                        "[-2147483648:-2147483647]={a,b}",
                        "[2147483646:2147483647]={a,b}",
                        "[" + digits(2_000) + ":1]={a}",
                        "[1:1][1:1][1:1][1:1][1:1][1:1]={{{{{{a}}}}}}",
                        "{{{{{{{a}}}}}}}",
                        "{".repeat(2_000),
                        "{\"" + "\\\\".repeat(2_000) + "\"}",
                        "{{a},b}",
                        "{a"));
        byType.put("int4[]", List.of("{1,NULL," + digits(20) + "}", "{{1,2},{3}}", "{x}"));
        byType.put("json[]", List.of("{1e99999999999,\"{\\\"a\\\": 1e2147483648}\"}"));
        byType.put("int4range", List.of("empty", "[1,)", "(,)", "[2,1)"));
        byType.put("hstore", List.of("", "\"a\"=>NULL", "\"a\"=>\"1\", ", "\"\"=>\"\"", "\"a\"=>\"\\\\\\\"\"", "\"a"));
        byType.put("composite", List.of("()", "(,)", "(\"\"\"\",\"\\\\\")", "(" + ",".repeat(1_599) + ")"));
        byType.put("xml", List.of("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"));
        byType.put("tsvector", List.of("'a':1A '\\\\':2", "'"));
        return Collections.unmodifiableMap(byType);
    }
}
