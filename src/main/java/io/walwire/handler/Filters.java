package io.walwire.handler;

import io.walwire.error.ValueException;
import io.walwire.event.Changes;
import io.walwire.event.ColumnState;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
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

    static boolean reads(Predicate<?> predicate) {
        return predicate instanceof Filter filter && filter.readsOldValues();
    }

    static Filter table(String table) {
        return relation(table.contains(":") || table.contains(".") ? table : "public:" + table);
    }

    /** Names after a colon are literal; a dot separates as in subscriptions, where no quotes are needed. */
    static Filter relation(String relation) {
        String[] parts = relation.split(relation.contains(":") ? ":" : "\\.", -1);
        if (parts.length > 2 || (relation.contains("\"") && !relation.contains(":"))) {
            throw new IllegalArgumentException("Malformed relation filter \"" + relation
                    + "\"; it is *, schema, schema.table, or schema:table for names that hold dots or quotes");
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

    /** A filter that may not know. */
    interface ThreeValued extends Filter {
        /** Whether to keep the event; null where that is not known. */
        @Nullable
        Boolean decide(Event event);

        @Override
        default boolean test(Event event) {
            return !Boolean.FALSE.equals(decide(event));
        }
    }

    /** What a filter says; a predicate of the user's always knows. */
    private static <E extends Event> @Nullable Boolean decide(Predicate<? super E> predicate, E event) {
        return predicate instanceof ThreeValued filter ? filter.decide(event) : (Boolean) predicate.test(event);
    }

    record Where(Predicate<? super RowEvent<?>> predicate) implements ThreeValued {
        @Override
        public @Nullable Boolean decide(Event event) {
            return event instanceof RowEvent<?> row ? Filters.decide(predicate, row) : (Boolean) true;
        }

        @Override
        public boolean readsOldValues() {
            return reads(predicate);
        }
    }

    record Both(Filter one, Predicate<? super Event> other) implements ThreeValued {
        @Override
        public @Nullable Boolean decide(Event event) {
            Boolean first = Filters.decide(one, event);
            if (Boolean.FALSE.equals(first)) {
                return false;
            }
            Boolean second = Filters.decide(other, event);
            return Boolean.TRUE.equals(second) ? first : second;
        }

        @Override
        public boolean readsOldValues() {
            return one.readsOldValues() || reads(other);
        }
    }

    record Either(Filter one, Predicate<? super Event> other) implements ThreeValued {
        @Override
        public @Nullable Boolean decide(Event event) {
            Boolean first = Filters.decide(one, event);
            if (Boolean.TRUE.equals(first)) {
                return true;
            }
            Boolean second = Filters.decide(other, event);
            return Boolean.FALSE.equals(second) ? first : second;
        }

        @Override
        public boolean readsOldValues() {
            return one.readsOldValues() || reads(other);
        }
    }

    record Opposite(Filter of) implements ThreeValued {
        @Override
        public @Nullable Boolean decide(Event event) {
            Boolean decided = Filters.decide(of, event);
            return decided == null ? null : (Boolean) !decided;
        }

        @Override
        public boolean readsOldValues() {
            return of.readsOldValues();
        }
    }

    record UnwatchedFields(Set<String> columns) implements ThreeValued {
        @Override
        public @Nullable Boolean decide(Event event) {
            if (!(event instanceof RowEvent<?> row) || row.kind() != Kind.UPDATE) {
                return true;
            }
            Changes changes = row.changes();
            if (changes != null && changes.list().stream().anyMatch(change -> !columns.contains(change.column()))) {
                return true;
            }
            return changes != null && changes.complete() ? false : null;
        }

        @Override
        public boolean readsOldValues() {
            return true;
        }
    }

    record Changed(Set<String> columns) implements ThreeValued {
        @Override
        public @Nullable Boolean decide(Event event) {
            if (!(event instanceof RowEvent<?> row) || row.kind() != Kind.UPDATE) {
                return true;
            }
            Changes changes = row.changes();
            if (changes != null && columns.stream().anyMatch(changes::contains)) {
                return true;
            }
            return changes != null && changes.complete() ? false : null;
        }

        @Override
        public boolean readsOldValues() {
            return true;
        }
    }

    /** Values are copied by hand: the immutable maps of {@code java.util} refuse the null that stands for SQL NULL. */
    static final class UnwatchedRecords implements ThreeValued {
        private final List<Map<String, @Nullable Object>> anyOf;

        UnwatchedRecords(List<? extends Map<String, ?>> anyOf) {
            this.anyOf = anyOf.stream()
                    .<Map<String, @Nullable Object>>map(HashMap::new)
                    .filter(values -> !values.isEmpty())
                    .toList();
        }

        @Override
        public @Nullable Boolean decide(Event event) {
            Row row = row(event);
            if (row == null) {
                return true;
            }
            Boolean keep = true;
            for (Map<String, @Nullable Object> values : anyOf) {
                Boolean matches = hasAll(row, values);
                if (Boolean.TRUE.equals(matches)) {
                    return false;
                }
                keep = matches == null ? null : keep;
            }
            return keep;
        }

        private static @Nullable Row row(Event event) {
            if (!(event instanceof RowEvent<?> of)) {
                return null;
            }
            return of.kind() == Kind.DELETE ? of.beforeRow() : of.afterRow();
        }

        /** Null where it depends on a value that was not sent. */
        private static @Nullable Boolean hasAll(Row row, Map<String, @Nullable Object> values) {
            Boolean all = true;
            for (Map.Entry<String, @Nullable Object> expected : values.entrySet()) {
                String column = expected.getKey();
                if (row.isKnown(column) ? !has(row, column, expected.getValue()) : !isColumn(row, column)) {
                    return false;
                }
                all = row.isKnown(column) ? all : null;
            }
            return all;
        }

        private static boolean isColumn(Row row, String name) {
            return row.columns().stream().anyMatch(column -> column.name().equals(name));
        }

        private static boolean has(Row row, String column, @Nullable Object expected) {
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
}
