package io.walwire.internal.triggers;

import io.walwire.internal.pgoutput.TupleData;
import java.util.ArrayList;
import java.util.List;

/**
 * A row as {@code record_out} prints it, taken apart exactly: {@code (42,"a ""b"" \\ c",,"")} has a NULL and an empty text.
 * (PostgreSQL manual, "Composite Type Input and Output Syntax".)
 */
final class RecordText {
    private static final int LENGTH = 5;

    private final byte[] text;
    private final byte[] values;
    private final int[] begins;
    private final int[] ends;
    private int at;
    private int filled;

    private RecordText(byte[] text, int fields) {
        this.text = text;
        this.values = new byte[text.length];
        this.begins = new int[fields];
        this.ends = new int[fields];
    }

    /**
     * Rows as a replication stream would carry them.
     *
     * @param text one or more of them, one behind another
     * @param order for each of a row's fields the column that it becomes; negative for none
     * @param columns how many columns there are
     * @return in their order
     * @throws IllegalArgumentException if the text is not rows of as many fields
     */
    static List<TupleData> tuples(byte[] text, int[] order, int columns) {
        RecordText rows = new RecordText(text, order.length);
        List<TupleData> tuples = new ArrayList<>(1);
        do {
            rows.takeApart();
            tuples.add(rows.assembled(order, columns));
        } while (rows.at < text.length);
        return tuples;
    }

    private void takeApart() {
        filled = 0;
        require('(');
        for (int field = 0; field < begins.length; field++) {
            if (field > 0) {
                require(',');
            }
            field(field);
        }
        require(')');
    }

    private void field(int field) {
        int before = at;
        begins[field] = filled;
        boolean quoted = false;
        while (quoted || !isEnd()) {
            byte next = take();
            if (next == '\\') {
                values[filled++] = take();
            } else if (next != '"') {
                values[filled++] = next;
            } else if (quoted && at < text.length && text[at] == '"') {
                values[filled++] = take();
            } else {
                quoted = !quoted;
            }
        }
        ends[field] = filled;
        if (at == before) {
            begins[field] = -1; // nothing at all is NULL
        }
    }

    private boolean isEnd() {
        return at < text.length && (text[at] == ',' || text[at] == ')');
    }

    private byte take() {
        if (at >= text.length) {
            throw malformed();
        }
        return text[at++];
    }

    private void require(char expected) {
        if (take() != expected) {
            throw malformed();
        }
    }

    private IllegalArgumentException malformed() {
        return new IllegalArgumentException("not a row of " + begins.length + " fields");
    }

    private TupleData assembled(int[] order, int columns) {
        int[] fields = new int[columns];
        int size = columns;
        for (int field = 0; field < order.length; field++) {
            if (order[field] >= 0) {
                fields[order[field]] = field;
                size += begins[field] < 0 ? 0 : LENGTH - 1 + ends[field] - begins[field];
            }
        }
        byte[] bytes = new byte[size];
        int to = 0;
        for (int field : fields) {
            if (begins[field] < 0) {
                bytes[to++] = TupleData.NULL;
                continue;
            }
            int length = ends[field] - begins[field];
            bytes[to] = TupleData.TEXT;
            bytes[to + 1] = (byte) (length >>> 24);
            bytes[to + 2] = (byte) (length >>> 16);
            bytes[to + 3] = (byte) (length >>> 8);
            bytes[to + 4] = (byte) length;
            System.arraycopy(values, begins[field], bytes, to + LENGTH, length);
            to += LENGTH + length;
        }
        return new TupleData(bytes, 0, columns);
    }
}
