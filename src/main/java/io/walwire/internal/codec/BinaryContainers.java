package io.walwire.internal.codec;

import java.nio.charset.StandardCharsets;

/** Values made of values: each part is printed where it stands, and quoted afterwards where its container asks for that. */
final class BinaryContainers {
    /** MAXDIM of PostgreSQL's {@code array.h}. */
    private static final int MAX_DIMENSIONS = 6;

    private static final int EMPTY = 0x01;
    private static final int LOWER_INCLUSIVE = 0x02;
    private static final int UPPER_INCLUSIVE = 0x04;
    private static final int LOWER_INFINITE = 0x08;
    private static final int UPPER_INFINITE = 0x10;

    private static final PgType INT2 = PgType.text(21, "int2");
    private static final PgType OID = PgType.text(26, "oid");

    private static final byte[] NULL = "NULL".getBytes(StandardCharsets.US_ASCII);

    private BinaryContainers() {}

    static void put(TextOutput out, PgType type, BinaryInput in) {
        switch (type.form()) {
            case ARRAY -> new BinaryArray(out, type.elementType(), type.delimiter(), in).put();
            case VECTOR -> putVector(out, in);
            case RANGE -> putRange(out, part(type, 0), in);
            case MULTIRANGE -> putMultirange(out, part(type, 0), in);
            case COMPOSITE -> putComposite(out, type, in);
            default -> putHstore(out, in);
        }
    }

    private static PgType part(PgType type, int index) {
        if (index >= type.parts().size()) {
            throw UnrepresentableException.malformedBinary();
        }
        return type.parts().get(index);
    }

    /** An array as {@code array_send} has it. */
    private static final class BinaryArray {
        private final TextOutput out;
        private final PgType element;
        private final char delimiter;
        private final BinaryInput in;
        private int[] sizes = {};

        BinaryArray(TextOutput out, PgType element, char delimiter, BinaryInput in) {
            this.out = out;
            this.element = element;
            this.delimiter = delimiter;
            this.in = in;
        }

        void put() {
            int dimensions = in.int32();
            int flags = in.int32();
            int elementOid = in.int32();
            if (dimensions < 0
                    || dimensions > MAX_DIMENSIONS
                    || flags < 0
                    || flags > 1
                    || elementOid != (int) element.oid()) {
                throw UnrepresentableException.malformedBinary();
            }
            sizes = new int[dimensions];
            int from = out.length();
            boolean bounded = false;
            long elements = dimensions == 0 ? 0 : 1;
            for (int i = 0; i < dimensions; i++) {
                sizes[i] = in.int32();
                int lower = in.int32();
                elements = Math.multiplyExact(elements, sizes[i]);
                bounded |= lower != 1;
                out.put('[')
                        .putLong(lower)
                        .put(':')
                        .putLong((long) lower + sizes[i] - 1)
                        .put(']');
                if (sizes[i] < 0) {
                    throw UnrepresentableException.malformedBinary();
                }
            }
            if (elements > in.remaining() / 4) {
                throw UnrepresentableException.malformedBinary();
            }
            if (bounded && elements > 0) {
                out.put('=');
            } else {
                out.cut(from);
            }
            if (elements == 0) {
                out.put("{}");
            } else {
                level(0);
            }
        }

        private void level(int dimension) {
            out.put('{');
            for (int i = 0; i < sizes[dimension]; i++) {
                if (i > 0) {
                    out.put(delimiter);
                }
                if (dimension + 1 < sizes.length) {
                    level(dimension + 1);
                } else {
                    putElement();
                }
            }
            out.put('}');
        }

        private void putElement() {
            int length = in.length();
            if (length < 0) {
                out.put(NULL, 0, NULL.length);
                return;
            }
            int from = out.length();
            BinaryText.put(out, element, in.bytes(), in.at(), in.at() + length);
            in.skip(length);
            if (needsQuotes(from)) {
                out.quoteSince(from, false);
            }
        }

        private boolean needsQuotes(int from) {
            byte[] bytes = out.bytes();
            int to = out.length();
            if (from == to || (to - from == 4 && isNullInAnyCase(bytes, from))) {
                return true;
            }
            for (int i = from; i < to; i++) {
                byte b = bytes[i];
                if (b == '"' || b == '\\' || b == '{' || b == '}' || b == delimiter || isSpace(b)) {
                    return true;
                }
            }
            return false;
        }

        private static boolean isNullInAnyCase(byte[] bytes, int from) {
            for (int i = 0; i < 4; i++) {
                if ((bytes[from + i] & ~0x20) != NULL[i]) {
                    return false;
                }
            }
            return true;
        }
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }

    private static void putVector(TextOutput out, BinaryInput in) {
        int dimensions = in.int32();
        in.int32(); // whether it has NULLs, which it never has
        PgType element = in.int32() == INT2.oid() ? INT2 : OID;
        if (dimensions == 0) {
            return;
        }
        int elements = in.int32();
        in.int32(); // the lower bound, which is not printed
        if (dimensions != 1 || elements < 0 || elements > in.remaining() / 4) {
            throw UnrepresentableException.malformedBinary();
        }
        for (int i = 0; i < elements; i++) {
            if (i > 0) {
                out.put(' ');
            }
            putPart(out, element, in);
        }
    }

    /** A part that is not NULL. */
    private static void putPart(TextOutput out, PgType type, BinaryInput in) {
        int length = in.length();
        if (length < 0) {
            throw UnrepresentableException.malformedBinary();
        }
        BinaryText.put(out, type, in.bytes(), in.at(), in.at() + length);
        in.skip(length);
    }

    private static void putRange(TextOutput out, PgType subtype, BinaryInput in) {
        int flags = in.int8();
        if ((flags & EMPTY) != 0) {
            out.put("empty");
            return;
        }
        out.put((flags & LOWER_INCLUSIVE) != 0 ? '[' : '(');
        if ((flags & LOWER_INFINITE) == 0) {
            putBound(out, subtype, in);
        }
        out.put(',');
        if ((flags & UPPER_INFINITE) == 0) {
            putBound(out, subtype, in);
        }
        out.put((flags & UPPER_INCLUSIVE) != 0 ? ']' : ')');
    }

    private static void putBound(TextOutput out, PgType subtype, BinaryInput in) {
        int from = out.length();
        putPart(out, subtype, in);
        quote(out, from, true);
    }

    /** Quotes a bound of a range, or a field of a composite, if needed. */
    private static void quote(TextOutput out, int from, boolean bound) {
        byte[] bytes = out.bytes();
        boolean quoted = from == out.length();
        for (int i = from; i < out.length() && !quoted; i++) {
            byte b = bytes[i];
            quoted = b == '"'
                    || b == '\\'
                    || b == '('
                    || b == ')'
                    || b == ','
                    || isSpace(b)
                    || (bound && (b == '[' || b == ']'));
        }
        if (quoted) {
            out.quoteSince(from, true);
        }
    }

    private static void putMultirange(TextOutput out, PgType range, BinaryInput in) {
        int ranges = in.count(5);
        out.put('{');
        for (int i = 0; i < ranges; i++) {
            if (i > 0) {
                out.put(',');
            }
            putPart(out, range, in);
        }
        out.put('}');
    }

    private static void putComposite(TextOutput out, PgType type, BinaryInput in) {
        int fields = in.count(8);
        out.put('(');
        for (int i = 0; i < fields; i++) {
            if (i > 0) {
                out.put(',');
            }
            PgType field = field(type, Integer.toUnsignedLong(in.int32()), i);
            int length = in.length();
            if (length >= 0) {
                int from = out.length();
                BinaryText.put(out, field, in.bytes(), in.at(), in.at() + length);
                in.skip(length);
                quote(out, from, false);
            }
        }
        out.put(')');
    }

    /** The type of a field. The OID comes from the value, because fields may have changed since the catalog was read. */
    private static PgType field(PgType composite, long oid, int index) {
        if (index < composite.parts().size() && composite.parts().get(index).oid() == oid) {
            return composite.parts().get(index);
        }
        for (PgType part : composite.parts()) {
            if (part.oid() == oid) {
                return part;
            }
        }
        return PgType.text(oid, Long.toString(oid));
    }

    private static void putHstore(TextOutput out, BinaryInput in) {
        int pairs = in.count(8);
        for (int i = 0; i < pairs; i++) {
            if (i > 0) {
                out.put(", ");
            }
            putString(out, in, in.length());
            out.put("=>");
            int length = in.length();
            if (length < 0) {
                out.put(NULL, 0, NULL.length);
            } else {
                putString(out, in, length);
            }
        }
    }

    private static void putString(TextOutput out, BinaryInput in, int length) {
        int from = out.length();
        int at = in.at();
        in.skip(length);
        out.put(in.bytes(), at, length);
        out.quoteSince(from, false);
    }
}
