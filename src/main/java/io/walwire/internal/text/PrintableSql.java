package io.walwire.internal.text;

/** SQL for people to read and run: names and constants with invisible characters in PostgreSQL's own escapes, so that it means the same. */
public final class PrintableSql {
    private static final String COMMENT = "--";
    private static final int BASIC_PLANE = 0xffff;

    private final String sql;
    private final StringBuilder shown;
    private int at;

    private PrintableSql(String sql) {
        this.sql = sql;
        this.shown = new StringBuilder(sql.length() + 16);
    }

    /**
     * SQL that means the same. Line breaks between its parts stay.
     *
     * @param sql of statements that Walwire or PostgreSQL quoted
     * @return the same text where all of it is visible
     */
    public static String of(String sql) {
        boolean visible = sql.codePoints().allMatch(point -> point == '\n' || Printable.isVisible(point));
        // a line break may stand in a name
        return visible && sql.indexOf('\n') < 0 ? sql : new PrintableSql(sql).all();
    }

    private String all() {
        while (at < sql.length()) {
            char c = sql.charAt(at);
            if (c == '"' || c == '\'') {
                quoted(c);
            } else if (c == '$') {
                body();
            } else if (sql.startsWith(COMMENT, at)) {
                upTo(lineEnd());
            } else {
                shown.append(c == '\n' ? "\n" : Printable.of(String.valueOf(c)));
                at++;
            }
        }
        return shown.toString();
    }

    private int lineEnd() {
        int end = sql.indexOf('\n', at);
        return end < 0 ? sql.length() : end;
    }

    private void upTo(int end) {
        shown.append(Printable.of(sql.substring(at, end)));
        at = end;
    }

    /** The body of a function, which holds lines of code; a lone dollar is a character as any other. */
    private void body() {
        int tagEnd = sql.indexOf('$', at + 1) + 1;
        String tag = tagEnd == 0 ? "" : sql.substring(at, tagEnd);
        int end = tag.matches("\\$\\w*\\$") ? sql.indexOf(tag, tagEnd) : -1;
        if (end < 0) {
            shown.append('$');
            at++;
            return;
        }
        end += tag.length();
        while (at < end) {
            char c = sql.charAt(at++);
            shown.append(c == '\n' || c == '\t' ? String.valueOf(c) : Printable.of(String.valueOf(c)));
        }
    }

    private void quoted(char quote) {
        boolean escaped = quote == '\'' && at > 0 && isEscapeMark(at - 1);
        int end = end(quote, escaped);
        String text = sql.substring(at + 1, end);
        at = Math.min(end + 1, sql.length());
        if (text.codePoints().allMatch(Printable::isVisible)) {
            shown.append(quote).append(text).append(quote);
        } else if (quote == '"') {
            shown.append("U&\"");
            text.replace("\\", "\\\\").codePoints().forEach(this::escapeInName);
            shown.append('"');
        } else {
            shown.append(escaped ? "'" : "E'");
            shown.append(Printable.of(escaped ? text : text.replace("\\", "\\\\")));
            shown.append('\'');
        }
    }

    private void escapeInName(int point) {
        if (Printable.isVisible(point)) {
            shown.appendCodePoint(point);
        } else if (point <= BASIC_PLANE) {
            shown.append('\\').append(Printable.hex(point, 4));
        } else {
            shown.append("\\+").append(Printable.hex(point, 6));
        }
    }

    private boolean isEscapeMark(int index) {
        char c = sql.charAt(index);
        return (c == 'E' || c == 'e') && (index == 0 || !Character.isLetterOrDigit(sql.charAt(index - 1)));
    }

    /** Where the closing quote is. */
    private int end(char quote, boolean escaped) {
        int i = at + 1;
        while (i < sql.length()) {
            char c = sql.charAt(i);
            if (c == quote && (i + 1 == sql.length() || sql.charAt(i + 1) != quote)) {
                return i;
            }
            i += c == quote || (escaped && c == '\\') ? 2 : 1;
        }
        return sql.length();
    }
}
