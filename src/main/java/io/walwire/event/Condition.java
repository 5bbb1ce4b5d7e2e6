package io.walwire.event;

import io.walwire.error.ValueException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What has to be true of a row event, in the same words for handlers ({@code on.table(..).filter(condition)}) and watches
 * ({@code walwire.watch(..).where(condition)}):
 *
 * <pre>{@code
 * Condition paid = Condition.column("status").from("open").to("paid");
 * Condition large = Condition.column("total").is(0).negate().and(Condition.column("test").is(false));
 * }</pre>
 *
 * <p>A condition has three answers: it holds, it does not hold, or that is not known, since PostgreSQL did not send a value
 * that decides. Combinations compute with all three, as SQL does. A handler gets an event in doubt, and a watch delivers it as
 * not certain; {@link #certain()} leaves it out. Old values of columns outside of the key are sent only where the table's
 * REPLICA IDENTITY is FULL; start-up logs the {@code ALTER TABLE} that helps.
 *
 * <p>Of a truncate no condition is known to hold or not: it concerns all rows. A column that the table does not have is not
 * known either.
 *
 * <p>Values are compared as {@link Row#hasValue} does: numbers by value ({@code 1}, {@code 1L} and {@code 1.0} are equal), a
 * {@code String} or an enum constant as PostgreSQL's text, null with SQL NULL.
 *
 * <p>A watch refuses a condition on a column that its table does not have, or with a value that the column's type cannot hold.
 * In a handler such a condition is not known, and a warning is logged once, with the table's first event.
 *
 * <p>Immutable; safe to use from several threads.
 */
public class Condition {
    private final Test test;
    private final boolean readsOldValues;
    private final Set<String> columns;
    private final List<Comparison> comparisons;

    /**
     * A value that a condition compares a column with.
     *
     * @param column the column's name
     * @param value a Java value, or PostgreSQL's text of it; null for SQL NULL
     */
    public record Comparison(String column, @Nullable Object value) {
        /** Shows no value. */
        @Override
        public String toString() {
            return "Comparison of " + column;
        }
    }

    /** An answer about a row event; null where it is not known. */
    interface Test {
        @Nullable
        Boolean of(RowEvent<?> event);
    }

    Condition(Test test, boolean readsOldValues, Set<String> columns, List<Comparison> comparisons) {
        this.test = test;
        this.readsOldValues = readsOldValues;
        this.columns = columns;
        this.comparisons = comparisons;
    }

    /**
     * Begins a condition about a column.
     *
     * @param name the column
     * @return what can be said of it
     */
    public static OfColumn column(String name) {
        return new OfColumn(Objects.requireNonNull(name, "name"));
    }

    /**
     * Whether the condition holds.
     *
     * @param event any event
     * @return true or false for a row event; null where that is not known, and for every event that is not about a row
     */
    public @Nullable Boolean holdsFor(Event event) {
        return event instanceof RowEvent<?> row ? test.of(row) : null;
    }

    /**
     * Whether the condition compares old values, so that it is only exact where the table's replica identity is FULL.
     *
     * @return true if it does
     */
    public boolean readsOldValues() {
        return readsOldValues;
    }

    /**
     * The columns that the condition is about.
     *
     * @return their names, unmodifiable
     */
    public Set<String> columns() {
        return columns;
    }

    /**
     * The values that the condition compares columns with.
     *
     * @return in the order in which they were given, unmodifiable
     */
    public List<Comparison> comparisons() {
        return comparisons;
    }

    /**
     * Both have to hold.
     *
     * @param other the other condition
     * @return the combination
     */
    public Condition and(Condition other) {
        return both(other, event -> {
            Boolean first = test.of(event);
            return Boolean.FALSE.equals(first) ? first : both(first, other.test.of(event));
        });
    }

    /**
     * One of both has to hold.
     *
     * @param other the other condition
     * @return the combination
     */
    public Condition or(Condition other) {
        return negate().and(other.negate()).negate();
    }

    /**
     * The opposite; of what is not known it is not known.
     *
     * @return holds where this does not
     */
    public Condition negate() {
        return with(event -> {
            Boolean holds = test.of(event);
            return holds == null ? null : (Boolean) !holds;
        });
    }

    /**
     * Holds only where this is known to hold, so that an event in doubt is left out.
     *
     * @return never in doubt about a row event
     */
    public Condition certain() {
        return with(event -> Boolean.TRUE.equals(test.of(event)));
    }

    private Condition with(Test other) {
        return new Condition(other, readsOldValues, columns, comparisons);
    }

    private Condition both(Condition other, Test combined) {
        Set<String> all = new LinkedHashSet<>(columns);
        all.addAll(other.columns);
        return new Condition(
                combined,
                readsOldValues || other.readsOldValues,
                Set.copyOf(all),
                joined(comparisons, other.comparisons));
    }

    private static <E> List<E> joined(List<E> some, List<E> more) {
        return Stream.concat(some.stream(), more.stream()).toList();
    }

    private static @Nullable Boolean both(@Nullable Boolean one, @Nullable Boolean other) {
        if (Boolean.FALSE.equals(one) || Boolean.FALSE.equals(other)) {
            return false;
        }
        return one == null ? null : other;
    }

    /** A column, about which a condition is built. */
    public static final class OfColumn {
        private final String name;

        OfColumn(String name) {
            this.name = name;
        }

        /**
         * The row has this value: after an insert or update, before a delete.
         *
         * @param value a Java value, or PostgreSQL's text of it; null for SQL NULL
         * @return the condition
         */
        public Condition is(@Nullable Object value) {
            return new Condition(
                    event -> equal(event.kind() == Kind.DELETE ? event.beforeRow() : event.afterRow(), value),
                    false,
                    Set.of(name),
                    List.of(new Comparison(name, value)));
        }

        private @Nullable Boolean equal(@Nullable Row row, @Nullable Object value) {
            if (row == null || !row.isKnown(name)) {
                return null;
            }
            try {
                return row.hasValue(name, value);
            } catch (IllegalArgumentException | ValueException incomparable) {
                return null;
            }
        }

        /**
         * An update changed the column. An insert and a delete change none. An unchanged TOASTed value, which PostgreSQL does
         * not send, is known not to have changed, and so is a key column whose old value it did not send.
         *
         * @return the condition, to which old and new value can be added
         */
        public Transition changed() {
            return new Transition(this, this::isChanged, List.of());
        }

        /**
         * An update changed the column from this value.
         *
         * @param value as {@link #is}
         * @return the condition, to which the new value can be added
         */
        public Transition from(@Nullable Object value) {
            return changed().from(value);
        }

        /**
         * An update changed the column to this value.
         *
         * @param value as {@link #is}
         * @return the condition, to which the old value can be added
         */
        public Transition to(@Nullable Object value) {
            return changed().to(value);
        }

        private @Nullable Boolean isChanged(RowEvent<?> event) {
            if (event.kind() != Kind.UPDATE) {
                return false;
            }
            if (event.changed(name)) {
                return true;
            }
            return event.unchanged(name) ? false : null;
        }
    }

    /** An update changed a column; from which value and to which can be said. */
    public static final class Transition extends Condition {
        private final OfColumn column;
        private final Test soFar;

        Transition(OfColumn column, Test soFar, List<Comparison> comparisons) {
            super(soFar, true, Set.of(column.name), comparisons);
            this.column = column;
            this.soFar = soFar;
        }

        /**
         * The column had this value before.
         *
         * @param value as in {@link OfColumn#is}
         * @return the condition with this too
         */
        public Transition from(@Nullable Object value) {
            return with(event -> column.equal(event.beforeRow(), value), value);
        }

        /**
         * The column has this value now.
         *
         * @param value as in {@link OfColumn#is}
         * @return the condition with this too
         */
        public Transition to(@Nullable Object value) {
            return with(event -> column.equal(event.afterRow(), value), value);
        }

        private Transition with(Test more, @Nullable Object value) {
            Test both = event -> {
                Boolean changed = soFar.of(event);
                return Boolean.FALSE.equals(changed) ? changed : both(changed, more.of(event));
            };
            return new Transition(column, both, joined(comparisons(), List.of(new Comparison(column.name, value))));
        }
    }
}
