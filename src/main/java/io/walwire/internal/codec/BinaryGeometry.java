package io.walwire.internal.codec;

/** The geometric types: floats with their own punctuation. */
final class BinaryGeometry {
    private static final int POINT_BYTES = 16;

    private BinaryGeometry() {}

    static void put(TextOutput out, BinaryForm form, BinaryInput in) {
        switch (form) {
            case POINT -> putPoint(out, in);
            case LSEG -> putPoints(out, in, 2, '[', ']');
            case BOX -> {
                putPoint(out, in);
                out.put(',');
                putPoint(out, in);
            }
            case LINE -> putLine(out, in);
            case PATH -> {
                boolean closed = BinaryText.bool(in.int8());
                putPoints(out, in, in.count(POINT_BYTES), closed ? '(' : '[', closed ? ')' : ']');
            }
            case POLYGON -> putPoints(out, in, in.count(POINT_BYTES), '(', ')');
            default -> {
                out.put('<');
                putPoint(out, in);
                out.put(',');
                ShortestFloat.put(out, in.float8());
                out.put('>');
            }
        }
    }

    private static void putPoint(TextOutput out, BinaryInput in) {
        out.put('(');
        ShortestFloat.put(out, in.float8());
        out.put(',');
        ShortestFloat.put(out, in.float8());
        out.put(')');
    }

    private static void putPoints(TextOutput out, BinaryInput in, int count, char open, char close) {
        out.put(open);
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                out.put(',');
            }
            putPoint(out, in);
        }
        out.put(close);
    }

    private static void putLine(TextOutput out, BinaryInput in) {
        out.put('{');
        for (int i = 0; i < 3; i++) {
            if (i > 0) {
                out.put(',');
            }
            ShortestFloat.put(out, in.float8());
        }
        out.put('}');
    }
}
