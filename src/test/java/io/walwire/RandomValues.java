package io.walwire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Random values of every type, as expressions of SQL; the same seed gives the same values. */
final class RandomValues {
    /** What the types below need, beside the extensions of {@link ValueCases#TYPES}. */
    static final String[] TYPES = {
        "CREATE EXTENSION hstore",
        "CREATE EXTENSION citext",
        "CREATE EXTENSION ltree",
        "CREATE TYPE mood AS ENUM ('in progress', 'Done', 'a,b', '{\"x\\y\"}', 'null', '')",
        "CREATE DOMAIN positive AS int4 CHECK (VALUE > 0)",
        "CREATE DOMAIN tags AS text[]",
        "CREATE TYPE part AS (a int, b text, m mood, t timestamptz)",
        "CREATE TYPE whole AS (p part, ps part[], n numeric, r tstzrange, d positive)",
        "CREATE TYPE textrange AS RANGE (subtype = text, multirange_type_name = textmultirange)",
        "CREATE TYPE floatrange AS RANGE (subtype = float8, multirange_type_name = floatmultirange)",
        "CREATE TYPE partrange AS RANGE (subtype = part, multirange_type_name = partmultirange)"
    };

    private final Random random;
    private final Map<String, Supplier<String>> scalars;

    RandomValues(long seed) {
        random = new Random(seed);
        RandomScalars made = new RandomScalars(random);
        scalars = new LinkedHashMap<>(made.byType());
        scalars.put("tags", () -> array("text", () -> RandomScalars.quoted(made.string()) + "::text") + "::tags");
    }

    /** Every type with a generator of its values. */
    Map<String, Supplier<String>> byType() {
        Map<String, Supplier<String>> all = new LinkedHashMap<>(scalars);
        scalars.forEach((type, value) -> all.put(arrayOf(type), () -> array(type, value)));
        ranges().forEach((range, subtype) -> {
            all.put(range, () -> range(range, subtype));
            all.put(range + "[]", () -> array(range, () -> range(range, subtype)));
            String multirange = range.replace("range", "multirange");
            all.put(multirange, () -> multirange(range, subtype));
            all.put(multirange + "[]", () -> array(multirange, () -> multirange(range, subtype)));
        });
        all.put("part", this::part);
        all.put("part[]", () -> array("part", this::part));
        all.put("whole", this::whole);
        all.put("whole[]", () -> array("whole", this::whole));
        all.put("tags[]", () -> array("tags", generator("tags")));
        return all;
    }

    /** In an order that is the same each time, as all that asks the generator must be. */
    private static Map<String, String> ranges() {
        Map<String, String> subtypes = new LinkedHashMap<>();
        subtypes.put("int4range", "int4");
        subtypes.put("int8range", "int8");
        subtypes.put("numrange", "numeric");
        subtypes.put("tsrange", "timestamp");
        subtypes.put("tstzrange", "timestamptz");
        subtypes.put("daterange", "date");
        subtypes.put("textrange", "text");
        subtypes.put("floatrange", "float8");
        subtypes.put("partrange", "part");
        return subtypes;
    }

    private static String arrayOf(String type) {
        return type.equals("tags") ? "text[]" : type + "[]";
    }

    private String array(String type, Supplier<String> element) {
        int size = 1 + random.nextInt(3);
        int lower = random.nextInt(7) - 3;
        String cast = "::" + type + "[]";
        return switch (random.nextInt(5)) {
            case 0 -> "'{}'" + cast;
            case 1 -> "ARRAY[" + flat(type, size, element) + "," + flat(type, size, element) + "]" + cast;
            case 2 ->
                "(('[" + lower + ":" + (lower + size - 1) + "]=' || (" + flat(type, size, element) + ")::text)" + cast
                        + ")";
            default -> flat(type, size, element);
        };
    }

    private String flat(String type, int size, Supplier<String> element) {
        return IntStream.range(0, size)
                .mapToObj(i -> random.nextInt(4) == 0 ? "NULL::" + type : element.get())
                .collect(Collectors.joining(",", "ARRAY[", "]::" + type + "[]"));
    }

    private String range(String range, String subtype) {
        if (random.nextInt(10) == 0) {
            return "'empty'::" + range;
        }
        Supplier<String> bound = subtype.equals("part") ? this::part : generator(subtype);
        String one = random.nextInt(6) == 0 ? null : bound.get();
        String other = random.nextInt(6) == 0 ? null : bound.get();
        // a discrete range is made canonical, which may be one more than the subtype has
        boolean discrete = subtype.startsWith("int") || subtype.equals("date");
        String included =
                discrete ? "'[)'" : List.of("'[]'", "'[)'", "'(]'", "'()'").get(random.nextInt(4));
        if (one == null || other == null) {
            return range + "(" + one + "," + other + "," + included + ")";
        }
        return "(SELECT " + range + "(least(a,b),greatest(a,b)," + included + ") FROM (VALUES (" + one + "," + other
                + ")) v(a,b))";
    }

    private String multirange(String range, String subtype) {
        String name = range.replace("range", "multirange");
        return IntStream.range(0, random.nextInt(4))
                .mapToObj(i -> range(range, subtype))
                .collect(Collectors.joining(",", name + "(", ")"));
    }

    private Supplier<String> generator(String type) {
        return Objects.requireNonNull(scalars.get(type), type);
    }

    private String nullable(String type) {
        return random.nextInt(4) == 0 ? "NULL" : generator(type).get();
    }

    private String part() {
        return "ROW(" + nullable("int4") + "," + nullable("text") + "," + nullable("mood") + ","
                + nullable("timestamptz") + ")::part";
    }

    private String whole() {
        List<String> fields = new ArrayList<>();
        fields.add(random.nextInt(4) == 0 ? "NULL" : part());
        fields.add(random.nextInt(4) == 0 ? "NULL" : array("part", this::part));
        fields.add(nullable("numeric"));
        fields.add(random.nextInt(4) == 0 ? "NULL" : range("tstzrange", "timestamptz"));
        fields.add(nullable("positive"));
        return "ROW(" + String.join(",", fields) + ")::whole";
    }
}
