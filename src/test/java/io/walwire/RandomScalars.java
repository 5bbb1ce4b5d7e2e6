package io.walwire;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Random values of every type that is not made of others, as expressions of SQL. */
final class RandomScalars {
    private static final int JULIAN_DAY_0 = -2_451_545;
    private static final int LAST_DATE = 2_145_031_948;
    private static final int LAST_TIMESTAMP_DAY = 106_751_982;

    private static final List<String> AWKWARD = List.of(
            "", "NULL", "null", " ", "\t", "\n", "\u000b", "\"", "\\", "\\\\", "'", ",", ";", "{", "}", "(", ")", "[",
            "]", "a\"b", "größe", "😀", "\u0001", "\u00a0", "\u0085", "=>", ":", "$1", "\uffff", "\u202e");

    private final Random random;
    private final Map<String, Supplier<String>> scalars = new LinkedHashMap<>();

    RandomScalars(Random random) {
        this.random = random;
        numbers();
        texts();
        times();
        network();
        geometry();
        others();
    }

    /** A generator for each type, in the same order each time. */
    Map<String, Supplier<String>> byType() {
        return scalars;
    }

    private void add(String type, Supplier<String> literal) {
        scalars.put(type, () -> quoted(literal.get()) + "::" + type);
    }

    private void numbers() {
        add("bool", () -> String.valueOf(random.nextBoolean()));
        add("int2", () -> String.valueOf((short) random.nextInt()));
        add("int4", () -> String.valueOf(integer()));
        add("int8", () -> String.valueOf(bigint()));
        add("oid", () -> Integer.toUnsignedString(integer()));
        add("xid", () -> Integer.toUnsignedString(integer()));
        add("cid", () -> Integer.toUnsignedString(integer()));
        add("xid8", () -> Long.toUnsignedString(bigint()));
        add("tid", () -> "(" + Integer.toUnsignedString(integer()) + "," + random.nextInt(65_536) + ")");
        add("pg_lsn", () -> Integer.toHexString(integer()) + "/" + Integer.toHexString(integer()));
        add("float4", () -> String.valueOf(float4()));
        add("float8", () -> String.valueOf(float8()));
        add("numeric", this::numeric);
        scalars.put("numeric(20,7)", () -> "'" + random.nextLong() + "'::int8 / 10000000.0");
        scalars.put(
                "money",
                () -> "'" + BigDecimal.valueOf(random.nextLong() / 100 >> random.nextInt(50), 2) + "'::numeric::money");
        scalars.put("positive", () -> "'" + (1 + random.nextInt(Integer.MAX_VALUE)) + "'::positive");
    }

    private int integer() {
        int[] extremes = {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE};
        return random.nextInt(4) == 0 ? extremes[random.nextInt(5)] : random.nextInt() >> random.nextInt(32);
    }

    private long bigint() {
        long[] extremes = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE};
        return random.nextInt(4) == 0 ? extremes[random.nextInt(5)] : random.nextLong() >> random.nextInt(64);
    }

    private float float4() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(1_000_000) / 1000f;
            case 1 -> Float.intBitsToFloat(random.nextInt() & ~0x7fffff);
            default -> Float.intBitsToFloat(random.nextInt());
        };
    }

    private double float8() {
        return switch (random.nextInt(5)) {
            case 0 -> random.nextInt(1_000_000) / 1000d;
            case 1 -> Double.longBitsToDouble(random.nextLong() & ~0xf_ffff_ffff_ffffL);
            case 2 -> (double) (random.nextLong() >> random.nextInt(64));
            default -> Double.longBitsToDouble(random.nextLong());
        };
    }

    private String numeric() {
        if (random.nextInt(20) == 0) {
            return List.of("NaN", "Infinity", "-Infinity", "0", "0.000").get(random.nextInt(5));
        }
        int integers = random.nextInt(50) == 0 ? random.nextInt(3000) : random.nextInt(20);
        int fractions = random.nextInt(50) == 0 ? random.nextInt(3000) : random.nextInt(20);
        String zeros = "0".repeat(random.nextInt(3) == 0 ? random.nextInt(12) : 0);
        return (random.nextBoolean() ? "-" : "")
                + digits(integers)
                + (random.nextBoolean() ? zeros : "")
                + "."
                + (random.nextBoolean() ? zeros : "")
                + digits(fractions)
                + "0";
    }

    private String digits(int count) {
        return random.ints(count, 0, 10).mapToObj(String::valueOf).collect(Collectors.joining());
    }

    private void texts() {
        add("text", this::string);
        add("varchar", this::string);
        add("char(7)", () -> word(random.nextInt(8)));
        add("name", () -> word(random.nextInt(60)));
        add("\"char\"", () -> random.nextInt(5) == 0 ? "" : String.valueOf((char) (1 + random.nextInt(126))));
        add("citext", this::string);
        add("mood", () -> List.of("in progress", "Done", "a,b", "{\"x\\y\"}", "null", "")
                .get(random.nextInt(6)));
        add("xml", () -> "<a b=\"" + word(3) + "\">" + word(5) + "</a>");
        add("json", this::json);
        add("jsonb", this::json);
        add("jsonpath", () -> "$." + jsonString() + "[" + random.nextInt(9) + " to last] ? (@.x > " + bigint() + ")");
        add("ltree", () -> word(3) + "." + word(2));
        add("lquery", () -> word(3) + ".*{1,3}." + word(2) + "*@");
        add("ltxtquery", () -> word(3) + " & !" + word(2) + "*");
        add("uuid", () -> new UUID(random.nextLong(), random.nextLong()).toString());
        add("bytea", () -> "\\x" + hex(random.nextInt(20)));
        add("refcursor", this::string);
    }

    String string() {
        int parts = random.nextInt(4);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts; i++) {
            if (random.nextInt(3) > 0) {
                text.append(AWKWARD.get(random.nextInt(AWKWARD.size())));
            } else {
                text.append(word(random.nextInt(10)));
                int point = 1 + random.nextInt(0x10fffe);
                text.appendCodePoint(point >= 0xd800 && point <= 0xdfff ? 'x' : point);
            }
        }
        return text.toString();
    }

    private String word(int letters) {
        return random.ints(Math.max(1, letters), 'a', 'z' + 1)
                .mapToObj(letter -> String.valueOf((char) letter))
                .collect(Collectors.joining());
    }

    private String hex(int bytes) {
        return random.ints(bytes, 0, 256)
                .mapToObj(b -> String.format(Locale.ROOT, "%02x", b))
                .collect(Collectors.joining());
    }

    private String json() {
        return switch (random.nextInt(7)) {
            case 0 -> "null";
            case 1 -> String.valueOf(random.nextBoolean());
            case 2 -> random.nextInt() + "." + digits(1 + random.nextInt(30));
            case 3 -> "[" + json() + ", " + json() + "]";
            case 4 -> "{" + jsonString() + " : " + json() + ",\n" + jsonString() + ":" + json() + "}";
            default -> jsonString();
        };
    }

    private String jsonString() {
        return "\"" + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(string())) + "\"";
    }

    private void times() {
        scalars.put("date", () -> infinite("date", this::date));
        scalars.put("time", () -> "'" + timeOfDay() + "'::time");
        scalars.put("timetz", () -> "'" + timeOfDay() + offset() + "'::timetz");
        scalars.put("timestamp", () -> infinite("timestamp", this::timestamp));
        scalars.put("timestamptz", () -> infinite("timestamptz", () -> "timezone('UTC', " + timestamp() + ")"));
        scalars.put(
                "interval",
                () -> "'" + (integer() >> random.nextInt(12)) / 2 + " months " + (integer() >> random.nextInt(12))
                        + " days "
                        + (random.nextBoolean() ? "-" : "") + random.nextInt(random.nextBoolean() ? 2 : 2_000_000_000)
                        + ":" + random.nextInt(60) + ":" + seconds() + "'::interval");
    }

    private String infinite(String type, Supplier<String> finite) {
        int kind = random.nextInt(20);
        return kind > 1 ? "(" + finite.get() + ")" : (kind == 0 ? "'" : "'-") + "infinity'::" + type;
    }

    private String date() {
        int day = random.nextInt(3) == 0 ? random.nextInt(20_000) : between(JULIAN_DAY_0, LAST_DATE);
        return "'2000-01-01'::date + " + day;
    }

    private String timestamp() {
        int day = random.nextInt(3) == 0 ? random.nextInt(20_000) : between(JULIAN_DAY_0, LAST_TIMESTAMP_DAY);
        return "('2000-01-01'::date + (" + day + ")) + '" + timeOfDay().replace("24:00:00", "23:59:59") + "'::time";
    }

    private int between(int least, int most) {
        return (int) (least + (long) (random.nextDouble() * ((double) most - least)));
    }

    private String timeOfDay() {
        return random.nextInt(20) == 0
                ? "24:00:00"
                : String.format(Locale.ROOT, "%02d:%02d:%s", random.nextInt(24), random.nextInt(60), seconds());
    }

    private String seconds() {
        String whole = String.format(Locale.ROOT, "%02d", random.nextInt(60));
        return random.nextBoolean() ? whole : whole + "." + digits(1 + random.nextInt(6));
    }

    private String offset() {
        String hours = String.format(Locale.ROOT, "%s%02d", random.nextBoolean() ? "+" : "-", random.nextInt(16));
        return switch (random.nextInt(3)) {
            case 0 -> hours;
            case 1 -> hours + ":" + (10 + random.nextInt(50));
            default -> hours + ":" + (10 + random.nextInt(50)) + ":" + (10 + random.nextInt(50));
        };
    }

    private void network() {
        scalars.put("inet", () -> "'" + address() + "'::inet");
        scalars.put("cidr", () -> "network('" + address() + "'::inet)");
        add("macaddr", () -> hex(6));
        add("macaddr8", () -> hex(8));
        scalars.put("bit(13)", () -> "B'" + bits(13) + "'");
        scalars.put("varbit", () -> "B'" + bits(random.nextInt(40)) + "'::varbit");
    }

    private String bits(int count) {
        return random.ints(count, 0, 2).mapToObj(String::valueOf).collect(Collectors.joining());
    }

    private String address() {
        boolean four = random.nextInt(3) == 0;
        String address = four
                ? random.ints(4, 0, 256).mapToObj(String::valueOf).collect(Collectors.joining("."))
                : IntStream.range(0, 8).mapToObj(i -> word16()).collect(Collectors.joining(":"));
        return random.nextBoolean() ? address : address + "/" + random.nextInt(four ? 33 : 129);
    }

    private String word16() {
        return switch (random.nextInt(5)) {
            case 0 -> Integer.toHexString(random.nextInt(65_536));
            case 1 -> random.nextBoolean() ? "ffff" : "1";
            default -> "0";
        };
    }

    private void geometry() {
        add("point", this::point);
        add("lseg", () -> "[" + point() + "," + point() + "]");
        add("line", () -> "{" + (1 + Math.abs(tame())) + "," + tame() + "," + tame() + "}");
        add("box", () -> point() + "," + point());
        add("path", () -> random.nextBoolean() ? "[" + points() + "]" : "(" + points() + ")");
        add("polygon", () -> "(" + points() + ")");
        add("circle", () -> "<" + point() + "," + Math.abs(tame()) + ">");
    }

    private double tame() {
        return random.nextBoolean() ? random.nextGaussian() : random.nextInt(100);
    }

    private String point() {
        return "(" + float8() + "," + tame() + ")";
    }

    private String points() {
        return IntStream.rangeClosed(0, random.nextInt(4))
                .mapToObj(i -> point())
                .collect(Collectors.joining(","));
    }

    private void others() {
        scalars.put("int2vector", () -> "'" + (short) integer() + " " + (short) integer() + "'::int2vector");
        scalars.put("oidvector", () -> "'" + Integer.toUnsignedString(integer()) + " 1'::oidvector");
        scalars.put("tsvector", () -> random.nextInt(10) == 0 ? "''::tsvector" : vector());
        scalars.put("tsquery", () -> random.nextInt(10) == 0 ? "''::tsquery" : "(" + query(4) + ")");
        scalars.put(
                "hstore",
                () -> "hstore(ARRAY[" + quoted(string()) + "," + quoted(word(3)) + "],ARRAY[" + quoted(string())
                        + (random.nextBoolean() ? ",NULL" : ",'x'") + "])");
    }

    private String lexeme() {
        return "'" + string().replace("\\", "\\\\").replace("'", "''") + "x'";
    }

    private String vector() {
        return quoted(IntStream.rangeClosed(0, random.nextInt(4))
                        .mapToObj(i ->
                                lexeme() + (random.nextBoolean() ? "" : ":" + (1 + random.nextInt(16_383)) + "A,7C"))
                        .collect(Collectors.joining(" ")))
                + "::tsvector";
    }

    private String query(int depth) {
        if (depth == 0 || random.nextInt(4) == 0) {
            return quoted(lexeme() + List.of("", ":*", ":AB", ":*CD").get(random.nextInt(4))) + "::tsquery";
        }
        return switch (random.nextInt(4)) {
            case 0 -> "!!(" + query(depth - 1) + ")";
            case 1 -> "(" + query(depth - 1) + ") && (" + query(depth - 1) + ")";
            case 2 -> "(" + query(depth - 1) + ") || (" + query(depth - 1) + ")";
            default -> "tsquery_phrase(" + query(depth - 1) + "," + query(depth - 1) + "," + random.nextInt(4) + ")";
        };
    }

    static String quoted(String text) {
        return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }
}
