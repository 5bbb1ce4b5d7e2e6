package io.walwire.event;

import io.walwire.error.ValueException;
import java.math.BigDecimal;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Whether a column has a value that a condition names. */
final class ColumnValues {
    private ColumnValues() {}

    /** Of a column whose value is known. */
    static boolean isEqual(Row row, String column, @Nullable Object expected) {
        if (expected == null || row.state(column) == ColumnState.NULL) {
            return expected == null && row.state(column) == ColumnState.NULL;
        }
        Object actual;
        try {
            if (expected instanceof CharSequence || expected instanceof Enum<?>) {
                return expected.toString().equals(row.text(column));
            }
            actual = row.get(column);
        } catch (ValueException unrepresentable) {
            return false; // no Java value equals one that Java cannot hold
        }
        if (expected instanceof Number wanted && actual instanceof Number found) {
            return sameNumber(wanted, found);
        }
        return Objects.deepEquals(expected, actual);
    }

    private static boolean sameNumber(Number wanted, Number found) {
        if (isFinite(wanted) && isFinite(found)) {
            return decimal(wanted).compareTo(decimal(found)) == 0;
        }
        return Double.compare(wanted.doubleValue(), found.doubleValue()) == 0;
    }

    private static boolean isFinite(Number number) {
        return !(number instanceof Double || number instanceof Float) || Double.isFinite(number.doubleValue());
    }

    private static BigDecimal decimal(Number number) {
        return number instanceof BigDecimal exact ? exact : new BigDecimal(number.toString());
    }
}
