package io.walwire.handler;

import io.walwire.event.Changes;
import io.walwire.event.Condition;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.RowEvent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    record Of(Condition condition) implements ThreeValued {
        @Override
        public @Nullable Boolean decide(Event event) {
            return condition.holdsFor(event);
        }

        @Override
        public boolean readsOldValues() {
            return condition.readsOldValues();
        }
    }

    record Changed(List<Condition> anyOf) implements ThreeValued {
        @Override
        public @Nullable Boolean decide(Event event) {
            if (event.kind() != Kind.UPDATE) {
                return true;
            }
            Boolean keep = false;
            for (Condition changed : anyOf) {
                Boolean holds = changed.holdsFor(event);
                if (Boolean.TRUE.equals(holds)) {
                    return true;
                }
                keep = holds == null ? null : keep;
            }
            return keep;
        }

        @Override
        public boolean readsOldValues() {
            return true;
        }
    }

    /** Conditions by column: of each map all have to hold. */
    record UnwatchedRecords(List<Map<String, Condition>> anyOf) implements ThreeValued {
        static UnwatchedRecords of(List<? extends Map<String, ?>> anyOf) {
            return new UnwatchedRecords(anyOf.stream()
                    .filter(values -> !values.isEmpty())
                    .map(UnwatchedRecords::conditions)
                    .toList());
        }

        private static Map<String, Condition> conditions(Map<String, ?> values) {
            Map<String, Condition> conditions = new LinkedHashMap<>();
            values.forEach((column, value) ->
                    conditions.put(column, Condition.column(column).is(value)));
            return conditions;
        }

        @Override
        public @Nullable Boolean decide(Event event) {
            if (!(event instanceof RowEvent<?> row)) {
                return true;
            }
            Boolean keep = true;
            for (Map<String, Condition> values : anyOf) {
                Boolean matches = hasAll(row, values);
                if (Boolean.TRUE.equals(matches)) {
                    return false;
                }
                keep = matches == null ? null : keep;
            }
            return keep;
        }

        /** Null where it depends on a value that was not sent. */
        private static @Nullable Boolean hasAll(RowEvent<?> event, Map<String, Condition> values) {
            Boolean all = true;
            for (Map.Entry<String, Condition> expected : values.entrySet()) {
                Boolean holds = expected.getValue().holdsFor(event);
                if (Boolean.FALSE.equals(holds) || (holds == null && !isColumn(event, expected.getKey()))) {
                    return false;
                }
                all = holds == null ? null : all;
            }
            return all;
        }

        private static boolean isColumn(Event event, String name) {
            return event.source().columns().containsKey(name);
        }
    }
}
