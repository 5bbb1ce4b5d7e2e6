package io.walwire.internal.backfill;

import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.SqlLiterals;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Comparisons of a key with constants, in SQL. Built-in operators compare all columns at once, which an index can answer. Those of an
 * extension's type are not on the search path, where built-in operators of another type may be found in their place; so they are
 * named with their schema, column by column.
 */
final class KeyComparison {
    private KeyComparison() {}

    /**
     * Compares as the key's order has it.
     *
     * @param key the columns
     * @param operator {@code >} or {@code <=}
     * @param values one text for each column
     * @return an SQL expression
     */
    static String of(List<KeyColumn> key, String operator, List<String> values) {
        requireSize(key, values);
        if (isBuiltIn(key)) {
            return columns(key) + " " + operator + " " + constants(key, values);
        }
        return "(" + from(0, key, operator, values) + ")";
    }

    private static String from(int at, List<KeyColumn> key, String operator, List<String> values) {
        if (at == key.size() - 1) {
            return compared(key.get(at), operator, values.get(at));
        }
        String strict = operator.equals(">") ? ">" : "<";
        return compared(key.get(at), strict, values.get(at)) + " OR (" + compared(key.get(at), "=", values.get(at))
                + " AND (" + from(at + 1, key, operator, values) + "))";
    }

    /**
     * Whether the key is one of some.
     *
     * @param key the columns
     * @param keys their values, at least one key
     * @return an SQL expression
     */
    static String in(List<KeyColumn> key, List<List<String>> keys) {
        keys.forEach(values -> requireSize(key, values));
        if (isBuiltIn(key)) {
            return columns(key) + " IN "
                    + keys.stream().map(values -> constants(key, values)).collect(Collectors.joining(", ", "(", ")"));
        }
        return keys.stream().map(values -> equal(key, values)).collect(Collectors.joining(" OR ", "(", ")"));
    }

    private static String equal(List<KeyColumn> key, List<String> values) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < key.size(); i++) {
            parts.add(compared(key.get(i), "=", values.get(i)));
        }
        return "(" + String.join(" AND ", parts) + ")";
    }

    private static boolean isBuiltIn(List<KeyColumn> key) {
        return key.stream().allMatch(column -> column.operators().equals(KeyColumn.BUILT_IN));
    }

    private static String compared(KeyColumn column, String operator, String value) {
        return SqlIdentifiers.quote(column.name()) + " OPERATOR(" + SqlIdentifiers.quote(column.operators()) + "."
                + operator + ") " + constant(column, value);
    }

    private static String columns(List<KeyColumn> key) {
        return key.stream()
                .map(column -> SqlIdentifiers.quote(column.name()))
                .collect(Collectors.joining(", ", "(", ")"));
    }

    private static String constants(List<KeyColumn> key, List<String> values) {
        List<String> constants = new ArrayList<>();
        for (int i = 0; i < key.size(); i++) {
            constants.add(constant(key.get(i), values.get(i)));
        }
        return "(" + String.join(", ", constants) + ")";
    }

    private static String constant(KeyColumn column, String value) {
        return SqlLiterals.quote(value) + "::" + column.type();
    }

    private static void requireSize(List<KeyColumn> key, List<String> values) {
        if (key.size() != values.size()) {
            throw new IllegalArgumentException(values.size() + " values for a key of " + key.size() + " columns");
        }
    }
}
