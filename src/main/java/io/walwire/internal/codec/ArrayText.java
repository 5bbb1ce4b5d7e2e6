package io.walwire.internal.codec;

/**
 * PostgreSQL's text of an array, token by token: {@code [0:1]={"a b",NULL}}. Its lower bounds are passed over. Every level
 * must be as deep as its neighbours, which is all that is asked of the dimensions.
 */
final class ArrayText {
    enum Token {
        OPEN,
        CLOSE,
        NULL,
        VALUE,
        END
    }

    /** MAXDIM of PostgreSQL's {@code array.h}. */
    private static final int MAX_DEPTH = 6;

    private final byte[] bytes;
    private final int end;
    private final char delimiter;
    private int at;
    private int depth;
    private int elementDepth;
    private boolean afterItem;
    private boolean afterDelimiter;

    private int valueFrom;
    private int valueTo;
    private byte[] valueBytes;
    private boolean escaped;

    ArrayText(byte[] bytes, int offset, int length, char delimiter) {
        this.bytes = bytes;
        this.valueBytes = bytes;
        this.at = offset;
        this.end = offset + length;
        this.delimiter = delimiter;
        skipBounds();
    }

    /** Whether all of the text is an array; of its elements nothing is known then. */
    static boolean isValid(byte[] bytes, int offset, int length, char delimiter) {
        try {
            ArrayText array = new ArrayText(bytes, offset, length, delimiter);
            Token token = array.next();
            while (token != Token.END) {
                token = array.next();
            }
            return true;
        } catch (UnrepresentableException malformed) {
            return false;
        }
    }

    /** The bytes that hold the text of the VALUE that {@link #next} gave. */
    byte[] bytes() {
        unescape();
        return valueBytes;
    }

    /** Where that text begins. */
    int offset() {
        unescape();
        return valueFrom;
    }

    /** How many bytes it has. */
    int length() {
        unescape();
        return valueTo - valueFrom;
    }

    Token next() {
        if (depth == 0 && afterItem) {
            require(at == end);
            return Token.END;
        }
        if (afterItem && peek() == delimiter) {
            at++;
            afterItem = false;
            afterDelimiter = true;
        } else if (depth > 0 && !afterDelimiter && peek() == '}') {
            at++;
            depth--;
            afterItem = true;
            return Token.CLOSE;
        }
        require(!afterItem);
        afterDelimiter = false;
        byte first = peek();
        if (first == '{') {
            return open();
        }
        require(depth > 0 && (elementDepth == 0 || elementDepth == depth));
        elementDepth = depth;
        afterItem = true;
        return first == '"' ? quoted() : bare();
    }

    private Token open() {
        at++;
        depth++;
        require(depth <= MAX_DEPTH && (elementDepth == 0 || depth <= elementDepth));
        return Token.OPEN;
    }

    private Token quoted() {
        valueBytes = bytes;
        valueFrom = at + 1;
        valueTo = Quoted.end(bytes, valueFrom, end);
        escaped = Quoted.isEscaped(bytes, valueFrom, valueTo);
        at = valueTo + 1;
        return Token.VALUE;
    }

    private Token bare() {
        valueBytes = bytes;
        valueFrom = at;
        escaped = false;
        for (byte b = peek(); b != delimiter && b != '}'; b = peek()) {
            require(b != '{' && b != '"' && b != '\\');
            at++;
        }
        valueTo = at;
        require(valueFrom < valueTo);
        return Ascii.equals(bytes, valueFrom, valueTo, "NULL") ? Token.NULL : Token.VALUE;
    }

    /** Only when the value is asked for, since {@link #isValid} does not ask. */
    private void unescape() {
        if (escaped) {
            valueBytes = Quoted.unescape(bytes, valueFrom, valueTo);
            valueFrom = 0;
            valueTo = valueBytes.length;
            escaped = false;
        }
    }

    /** {@code [-1:0][2:3]=}, where an index does not begin at one. */
    private void skipBounds() {
        if (at < end && bytes[at] == '[') {
            while (peek() == '[') {
                at++;
                skipIndex(':');
                skipIndex(']');
            }
            require(peek() == '=');
            at++;
        }
    }

    private void skipIndex(char terminator) {
        int index = Ascii.indexOf(bytes, at, end, terminator);
        require(index >= 0);
        NumberText.integer(bytes, at, index, Integer.MIN_VALUE, Integer.MAX_VALUE);
        at = index + 1;
    }

    private byte peek() {
        require(at < end);
        return bytes[at];
    }

    private static void require(boolean wellFormed) {
        if (!wellFormed) {
            throw UnrepresentableException.malformed();
        }
    }
}
