package io.walwire.internal.transaction;

import io.walwire.internal.codec.BinaryForm;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.testing.HostileContents;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A type of each kind and form, made of others or not, and values for them that are wrong, extreme, or nearly right. */
final class HostileTypes {
    private static final List<PgType> TYPES = types();

    private HostileTypes() {}

    static List<PgType> all() {
        return TYPES;
    }

    private static List<PgType> types() {
        List<PgType> types = new ArrayList<>();
        Object[][] scalars = {
            {16, "bool", TypeKind.BOOL},
            {17, "bytea", TypeKind.BYTEA},
            {20, "int8", TypeKind.INT8},
            {21, "int2", TypeKind.INT2},
            {23, "int4", TypeKind.INT4},
            {26, "oid", TypeKind.OID},
            {114, "json", TypeKind.JSON},
            {3802, "jsonb", TypeKind.JSON},
            {700, "float4", TypeKind.FLOAT4},
            {701, "float8", TypeKind.FLOAT8},
            {1082, "date", TypeKind.DATE},
            {1083, "time", TypeKind.TIME},
            {1114, "timestamp", TypeKind.TIMESTAMP},
            {1184, "timestamptz", TypeKind.TIMESTAMPTZ},
            {1186, "interval", TypeKind.INTERVAL},
            {1266, "timetz", TypeKind.TIMETZ},
            {1700, "numeric", TypeKind.NUMERIC},
            {2950, "uuid", TypeKind.UUID}
        };
        for (Object[] scalar : scalars) {
            types.add(PgType.scalar((int) scalar[0], (String) scalar[1], (TypeKind) scalar[2]));
        }
        int[] texts = {
            18, 22, 25, 27, 600, 601, 602, 603, 604, 628, 718, 774, 790, 829, 869, 1042, 1560, 1562, 3220, 3614, 3615,
            5069
        };
        for (int oid : texts) {
            types.add(PgType.text(oid, "t" + oid));
        }
        types.add(PgType.of(16_400, "hstore", TypeKind.HSTORE, BinaryForm.HSTORE, List.of()));
        types.add(PgType.of(16_401, "lonely", TypeKind.TEXT, BinaryForm.TEXT_ALONE, List.of()));
        types.add(PgType.of(16_402, "unknown", TypeKind.TEXT, BinaryForm.UNKNOWN, List.of()));
        List<PgType> simple = List.copyOf(types);
        for (PgType type : simple) {
            types.add(new PgType(type.oid() + 100_000, type.name() + "[]", TypeKind.ARRAY, type, ','));
        }
        PgType range = PgType.of(3904, "int4range", TypeKind.TEXT, BinaryForm.RANGE, List.of(simple.get(4)));
        types.add(range);
        types.add(PgType.of(4451, "int4multirange", TypeKind.TEXT, BinaryForm.MULTIRANGE, List.of(range)));
        PgType composite = PgType.of(
                16_410,
                "part",
                TypeKind.TEXT,
                BinaryForm.COMPOSITE,
                List.of(simple.get(4), simple.get(6), simple.get(16)));
        types.add(composite);
        types.add(PgType.of(16_411, "whole", TypeKind.TEXT, BinaryForm.COMPOSITE, List.of(composite, range)));
        types.add(new PgType(16_412, "part[]", TypeKind.ARRAY, composite, ','));
        return List.copyOf(types);
    }

    /** A text for a column of the type, mostly of its own kind. */
    static byte[] text(PgType type, Random random, List<String> others) {
        List<String> own = HostileContents.valuesByType().getOrDefault(type.name(), List.of());
        String text = own.isEmpty() || random.nextInt(3) == 0
                ? others.get(random.nextInt(others.size()))
                : own.get(random.nextInt(own.size()));
        if (type.kind() == TypeKind.ARRAY && random.nextBoolean()) {
            text = "{\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\",NULL}";
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0 && random.nextInt(20) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    /** Bytes that look like a value of the type, with counts and lengths that may be lies. */
    static byte[] binary(PgType type, Random random, int depth) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            if (random.nextInt(8) == 0) {
                byte[] noise = new byte[random.nextInt(40)];
                random.nextBytes(noise);
                out.write(noise);
            } else {
                plausible(out, type, random, depth);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void plausible(DataOutputStream out, PgType type, Random random, int depth) throws IOException {
        switch (type.form()) {
            case ARRAY -> {
                int dimensions = random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(3);
                out.writeInt(dimensions);
                out.writeInt(random.nextInt(2));
                out.writeInt((int) elementOid(type));
                for (int i = 0; i < Math.min(3, Math.max(0, dimensions)); i++) {
                    out.writeInt(random.nextInt(20) == 0 ? extreme(random) : 1 + random.nextInt(2));
                    out.writeInt(random.nextInt(3) == 0 ? extreme(random) : 1);
                }
                for (int i = random.nextInt(5); i > 0; i--) {
                    part(out, part(type), random, depth);
                }
            }
            case RANGE -> {
                out.writeByte(random.nextInt(32));
                part(out, part(type), random, depth);
                part(out, part(type), random, depth);
            }
            case MULTIRANGE, HSTORE -> {
                out.writeInt(random.nextInt(10) == 0 ? extreme(random) : 1);
                part(out, part(type), random, depth);
                part(out, part(type), random, depth);
            }
            case COMPOSITE -> {
                out.writeInt(
                        random.nextInt(10) == 0 ? extreme(random) : type.parts().size());
                for (PgType part : type.parts()) {
                    out.writeInt(random.nextInt(10) == 0 ? random.nextInt() : (int) part.oid());
                    part(out, part, random, depth);
                }
            }
            case NUMERIC -> {
                int digits = random.nextInt(4);
                out.writeShort(random.nextInt(10) == 0 ? random.nextInt() : digits);
                out.writeShort(random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(5));
                out.writeShort(new int[] {0, 0x4000, 0xc000, 0xd000, 0xf000, 7}[random.nextInt(6)]);
                out.writeShort(random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(9));
                for (int i = 0; i < digits; i++) {
                    out.writeShort(random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(10_000));
                }
            }
            case VERSIONED_TEXT -> {
                out.writeByte(random.nextInt(10) == 0 ? 2 : 1);
                out.write(text(type, random, HostileContents.jsonTexts()));
            }
            case TEXT, BYTEA -> out.write(text(type, random, HostileContents.jsonTexts()));
            default -> {
                for (int i = random.nextInt(5); i >= 0; i--) {
                    out.writeInt(random.nextInt(3) == 0 ? extreme(random) : random.nextInt(4));
                }
            }
        }
    }

    private static long elementOid(PgType type) {
        return part(type).oid();
    }

    private static PgType part(PgType type) {
        if (type.element() != null) {
            return type.element();
        }
        return type.parts().isEmpty() ? TYPES_OF_TEXT : type.parts().get(0);
    }

    private static final PgType TYPES_OF_TEXT = PgType.text(25, "text");

    private static void part(DataOutputStream out, PgType type, Random random, int depth) throws IOException {
        if (random.nextInt(6) == 0 || depth > 3) {
            out.writeInt(-1);
            return;
        }
        byte[] value = binary(type, random, depth + 1);
        out.writeInt(random.nextInt(20) == 0 ? extreme(random) : value.length);
        out.write(value);
    }

    private static int extreme(Random random) {
        int[] extremes = {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0, 1, 0x7fff, 0xffff, 1 << 20};
        return extremes[random.nextInt(extremes.length)];
    }
}
