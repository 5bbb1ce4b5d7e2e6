package io.walwire.internal.undecided;

/** What must be known of a frame before it is decoded. */
final class Frames {
    private Frames() {}

    /** Whether it says what later frames mean: Relation or Type. */
    static boolean isDefinition(byte kind) {
        return kind == 'R' || kind == 'Y';
    }

    /** Whether it may stand between a beginning and an end. */
    static boolean isContent(byte kind) {
        return switch (kind) {
            case 'I', 'U', 'D', 'T', 'M', 'O', 'R', 'Y' -> true;
            default -> false;
        };
    }

    /**
     * The OIDs of the tables that a change refers to.
     *
     * @param from where the fields after the kind begin
     * @return empty also where the frame is too short; decoding it will report that
     */
    static int[] relations(byte kind, byte[] bytes, int from, int to) {
        return switch (kind) {
            case 'I', 'U', 'D' -> to - from < 4 ? new int[0] : new int[] {int32(bytes, from)};
            case 'T' -> truncated(bytes, from, to);
            default -> new int[0];
        };
    }

    private static int[] truncated(byte[] bytes, int from, int to) {
        int first = from + 5;
        int count = to < first ? 0 : Math.max(0, Math.min(int32(bytes, from), (to - first) / 4));
        int[] relations = new int[count];
        for (int i = 0; i < count; i++) {
            relations[i] = int32(bytes, first + 4 * i);
        }
        return relations;
    }

    static int int32(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 24
                | (bytes[at + 1] & 0xFF) << 16
                | (bytes[at + 2] & 0xFF) << 8
                | (bytes[at + 3] & 0xFF);
    }
}
