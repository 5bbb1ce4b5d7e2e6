package io.walwire.handler;

import io.walwire.error.ValueException;
import io.walwire.event.Changes;
import io.walwire.event.ColumnState;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The filters behind {@link Filter}'s factories. */
final class Filters {
    private Filters() {}

    static boolean reads(Predicate<? super Event> predicate) {
        return predicate instanceof Filter filter && filter.readsOldValues();
    }

    static Filter table(String table) {
        return relation(table.contains(":") ? table : "public:" + table);
    }

    static Filter relation(String relation) {
        String[] parts = relation.split(":", -1);
        if (parts.length > 2) {
            throw new IllegalArgumentException(
                    "Malformed relation filter \"" + relation + "\"; it is *, schema, or schema:table");
        }
        String schema = parts[0];
        String table = parts.length == 2 ? parts[1] : "*";
        return event -> event.kind() != Kind.GAP
                && (isAny(schema) || schema.equals(event.source().schema()))
                && (isAny(table) || table.equals(event.source().table()));
    }

    private static boolean isAny(String name) {
        return name.isEmpty() || name.equals("*");
    }

    record Combined(Predicate<Event> predicate, boolean readsOldValues) implements Filter {
        @Override
        public boolean test(Event event) {
            return predicate.test(event);
        }
    }

    record UnwatchedFields(Set<String> columns) implements Filter {
        @Override
        public boolean test(Event event) {
            if (event.kind() != Kind.UPDATE) {
                return true;
            }
            Changes changes = event.changes();
            return changes == null
                    || !changes.complete()
                    || changes.list().stream().anyMatch(change -> !columns.contains(change.column()));
        }

        @Override
        public boolean readsOldValues() {
            return true;
        }
    }

    record Changed(Set<String> columns) implements Filter {
        @Override
        public boolean test(Event event) {
            if (event.kind() != Kind.UPDATE) {
                return true;
            }
            Changes changes = event.changes();
            return changes == null || !changes.complete() || columns.stream().anyMatch(changes::contains);
        }

        @Override
        public boolean readsOldValues() {
            return true;
        }
    }

    /** Values are copied by hand: the immutable maps of {@code java.util} refuse the null that stands for SQL NULL. */
    static final class UnwatchedRecords implements Filter {
        private final List<Map<String, @Nullable Object>> anyOf;

        UnwatchedRecords(List<? extends Map<String, ?>> anyOf) {
            this.anyOf = anyOf.stream()
                    .<Map<String, @Nullable Object>>map(HashMap::new)
                    .filter(values -> !values.isEmpty())
                    .toList();
        }

        @Override
        public boolean test(Event event) {
            Row row = event.kind() == Kind.DELETE ? event.oldRecord() : event.newRecord();
            return row == null || anyOf.stream().noneMatch(values -> hasAll(row, values));
        }

        private static boolean hasAll(Row row, Map<String, @Nullable Object> values) {
            for (Map.Entry<String, @Nullable Object> expected : values.entrySet()) {
                if (!row.isKnown(expected.getKey()) || !has(row, expected.getKey(), expected.getValue())) {
                    return false;
                }
            }
            return true;
        }

        private static boolean has(Row row, String column, @Nullable Object expected) {
            if (expected == null || row.state(column) == ColumnState.NULL) {
                return expected == null && row.state(column) == ColumnState.NULL;
            }
            if (expected instanceof CharSequence || expected instanceof Enum<?>) {
                return expected.toString().equals(row.text(column));
            }
            Object actual;
            try {
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
}
