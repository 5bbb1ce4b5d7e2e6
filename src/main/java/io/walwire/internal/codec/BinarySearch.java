package io.walwire.internal.codec;

import java.util.Arrays;

/** tsvector and tsquery. */
final class BinarySearch {
    private static final int VALUE = 1;
    private static final int OPERATOR = 2;

    private static final int NOT = 1;
    private static final int AND = 2;
    private static final int OR = 3;
    private static final int PHRASE = 4;

    /** How tightly NOT, AND, OR and PHRASE bind. */
    private static final int[] PRIORITIES = {0, 4, 2, 1, 3};

    private static final String WEIGHTS = "DCBA";

    private BinarySearch() {}

    static void putVector(TextOutput out, BinaryInput in) {
        int lexemes = in.count(3);
        for (int i = 0; i < lexemes; i++) {
            if (i > 0) {
                out.put(' ');
            }
            putLexeme(out, in);
            int positions = in.int16() & 0xffff;
            for (int p = 0; p < positions; p++) {
                int position = in.int16();
                out.put(p == 0 ? ':' : ',').putLong(position & 0x3fff);
                int weight = position >> 14 & 3;
                if (weight != 0) {
                    out.put(WEIGHTS.charAt(weight));
                }
            }
        }
    }

    private static void putLexeme(TextOutput out, BinaryInput in) {
        int from = in.at();
        int to = in.endOfString();
        out.put('\'');
        for (int i = from; i < to; i++) {
            byte b = in.bytes()[i];
            if (b == '\'' || b == '\\') {
                out.put((char) b);
            }
            out.put(in.bytes(), i, 1);
        }
        out.put('\'');
    }

    static void putQuery(TextOutput out, BinaryInput in) {
        int items = in.count(2);
        if (items > 0) {
            Query query = new Query(in, items);
            query.link();
            query.put(out);
        }
    }

    /**
     * The items of a query in the order in which they are sent: an operator, its right side, its left side. Without recursion,
     * since a query may be as deep as it is long.
     */
    private static final class Query {
        private final BinaryInput in;
        private final int[] operators;
        private final int[] starts;
        private final int[] lefts;

        Query(BinaryInput in, int items) {
            this.in = in;
            this.operators = new int[items];
            this.starts = new int[items];
            this.lefts = new int[items];
            for (int i = 0; i < items; i++) {
                read(i);
            }
        }

        private void read(int item) {
            int kind = in.int8();
            if (kind == VALUE) {
                starts[item] = in.at();
                in.int16(); // weight and prefix
                in.endOfString();
            } else if (kind == OPERATOR) {
                operators[item] = in.int8();
                starts[item] = in.at();
                if (operators[item] < NOT || operators[item] > PHRASE) {
                    throw UnrepresentableException.malformedBinary();
                }
                if (operators[item] == PHRASE) {
                    in.int16(); // the distance
                }
            } else {
                throw UnrepresentableException.malformedBinary();
            }
        }

        /** Finds the left side of each operator: backwards, both sides of an operator are known before it. */
        void link() {
            int[] roots = new int[operators.length];
            int count = 0;
            for (int item = operators.length - 1; item >= 0; item--) {
                int sides = operators[item] == 0 ? 0 : operators[item] == NOT ? 1 : 2;
                if (count < sides) {
                    throw UnrepresentableException.malformedBinary();
                }
                if (sides == 2) {
                    lefts[item] = roots[count - 2];
                }
                count -= sides;
                roots[count++] = item;
            }
            if (count != 1) {
                throw UnrepresentableException.malformedBinary();
            }
        }

        /** What is left to print, the next last: a whole item, or of an operator its sign or the parenthesis that ends it. */
        void put(TextOutput out) {
            Steps steps = new Steps();
            steps.push(Steps.ITEM, 0, false);
            while (!steps.isEmpty()) {
                int step = steps.pop();
                int item = steps.item();
                switch (step) {
                    case Steps.SIGN -> putSign(out, item);
                    case Steps.END -> out.put(" )");
                    default -> {
                        if (operators[item] == 0) {
                            putValue(out, item);
                        } else {
                            putOperator(out, item, steps);
                        }
                    }
                }
            }
        }

        private void putOperator(TextOutput out, int item, Steps steps) {
            if (steps.isEnclosed()) {
                out.put("( ");
                steps.push(Steps.END, item, false);
            }
            int right = item + 1;
            steps.push(Steps.ITEM, right, isEnclosed(item, right, true));
            if (operators[item] == NOT) {
                out.put('!');
                return;
            }
            steps.push(Steps.SIGN, item, false);
            steps.push(Steps.ITEM, lefts[item], isEnclosed(item, lefts[item], false));
        }

        private boolean isEnclosed(int parent, int side, boolean right) {
            int inner = operators[side];
            int outer = operators[parent];
            return inner != 0
                    && (PRIORITIES[inner] < PRIORITIES[outer] || (right && inner == PHRASE && outer == PHRASE));
        }

        private void putSign(TextOutput out, int item) {
            switch (operators[item]) {
                case AND -> out.put(" & ");
                case OR -> out.put(" | ");
                default -> {
                    int at = starts[item];
                    int distance = new BinaryInput(in.bytes(), at, at + 2).int16();
                    if (distance == 1) {
                        out.put(" <-> ");
                    } else {
                        out.put(" <").putLong(distance).put("> ");
                    }
                }
            }
        }

        private void putValue(TextOutput out, int item) {
            BinaryInput value = new BinaryInput(in.bytes(), starts[item], in.end());
            int weights = value.int8();
            boolean prefix = value.int8() != 0;
            putLexeme(out, value);
            if (weights != 0 || prefix) {
                out.put(':');
            }
            if (prefix) {
                out.put('*');
            }
            for (int weight = 3; weight >= 0; weight--) {
                if ((weights >> weight & 1) == 1) {
                    out.put(WEIGHTS.charAt(weight));
                }
            }
        }
    }

    /** A stack of steps. */
    private static final class Steps {
        static final int ITEM = 0;
        static final int SIGN = 1;
        static final int END = 2;

        private long[] steps = new long[32];
        private int count;
        private long popped;

        void push(int step, int item, boolean enclosed) {
            if (count == steps.length) {
                steps = Arrays.copyOf(steps, 2 * count);
            }
            steps[count++] = (long) item << 3 | (enclosed ? 4 : 0) | step;
        }

        /** Which step is next; whose, {@link #item} says. */
        int pop() {
            popped = steps[--count];
            return (int) popped & 3;
        }

        int item() {
            return (int) (popped >>> 3);
        }

        boolean isEnclosed() {
            return (popped & 4) != 0;
        }

        boolean isEmpty() {
            return count == 0;
        }
    }
}
