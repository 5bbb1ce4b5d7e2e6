package io.walwire.internal.watch;

import io.walwire.error.ValueException;
import io.walwire.error.ValueException.Reason;
import io.walwire.event.Condition;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.internal.codec.SearchValue;
import io.walwire.internal.codec.SearchValue.Absence;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.Table;
import io.walwire.watch.Membership;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A watch that was checked: decides of a change whether it is one that the watch asks for. */
final class Matcher {
    private static final Match CERTAIN = new Match(true, null);
    private static final Match UNCERTAIN = new Match(false, null);

    private final WatchSpec spec;

    /** Sorted. */
    private final List<String> columns;

    /** Of one column its value; otherwise a list of all. Nothing more: there may be very many matchers. */
    private final Object searched;

    private final List<Step> transitions;

    /** What is known of a change that the watch asks for. */
    record Match(boolean isCertain, @Nullable Membership membership) {}

    /** A change of a column, from a {@link SearchValue} and to one; null for any. */
    record Step(
            String column, @Nullable Object from, @Nullable Object to) {}

    /**
     * A matcher.
     *
     * @param columns whose values are asked for, sorted
     * @param values the search value of each
     */
    Matcher(WatchSpec spec, List<String> columns, Map<String, Object> values, List<Step> transitions) {
        List<Object> all = columns.stream().map(values::get).toList();
        this.spec = spec;
        this.columns = columns;
        this.searched = all.size() == 1 ? all.get(0) : all;
        this.transitions = List.copyOf(transitions);
    }

    /** The columns whose values are asked for, sorted. */
    List<String> valueColumns() {
        return columns;
    }

    /** What {@link RowChange#values} of these columns has to be. */
    Object searchedValues() {
        return searched;
    }

    /** Whether one of the row's versions has the values asked for. */
    Truth hasValues(RowChange change) {
        if (change.kind() == Kind.TRUNCATE && !columns.isEmpty()) {
            return Truth.UNKNOWN;
        }
        return version(change, false).or(version(change, true));
    }

    private Truth version(RowChange change, boolean old) {
        Truth truth = Truth.TRUE;
        for (int i = 0; i < columns.size(); i++) {
            String column = columns.get(i);
            truth = truth.and(equal(old ? change.before(column) : change.after(column), wanted(i)));
        }
        return truth;
    }

    private Object wanted(int column) {
        return columns.size() == 1 ? searched : ((List<?>) searched).get(column);
    }

    private static Truth equal(Object value, Object wanted) {
        return value == Absence.NOT_SENT ? Truth.UNKNOWN : Truth.of(value.equals(wanted));
    }

    /** The event that subscribers get of a change of any table; null if it is not one that the watch asks for. */
    @Nullable
    WatchedChange match(ReceivedChange event) {
        Table table = event.table();
        boolean isChange = event.kind().isRow() || event.kind() == Kind.TRUNCATE;
        if (!isChange || !spec.table.equals(new TableName(table.schema(), table.name()))) {
            return null;
        }
        RowChange change = new RowChange(event);
        return match(change, hasValues(change));
    }

    /**
     * The event that subscribers get of a change of the watched table.
     *
     * @param hasValues what {@link #hasValues} returns, which an index may know already
     * @return null if the change is not one that the watch asks for
     */
    @Nullable
    WatchedChange match(RowChange change, Truth hasValues) {
        if (!wants(change.kind())) {
            return null;
        }
        Truth truth = hasValues.and(updates(change));
        for (Condition condition : spec.conditions) {
            truth = truth.and(Truth.of(condition.holdsFor(change.event().event())));
        }
        for (Predicate<? super Row> predicate : spec.predicates) {
            if (truth == Truth.FALSE) {
                return null;
            }
            Truth after = after(predicate, change);
            truth = truth.and(after == Truth.TRUE ? after : after.or(before(predicate, change)));
        }
        if (truth == Truth.FALSE) {
            return null;
        }
        Match match = spec.memberships.isEmpty() ? truth == Truth.TRUE ? CERTAIN : UNCERTAIN : member(change, truth);
        return match == null ? null : WatchedChange.of(change, spec, match);
    }

    private boolean wants(Kind kind) {
        if (kind == Kind.READ) {
            return spec.reads;
        }
        return spec.kinds.isEmpty() ? kind == Kind.UPDATE || transitions.isEmpty() : spec.kinds.contains(kind);
    }

    /** What is asked of updates alone. */
    private Truth updates(RowChange change) {
        if (change.kind() != Kind.UPDATE) {
            return Truth.TRUE;
        }
        Truth truth = Truth.TRUE;
        if (!spec.columns.isEmpty()) {
            truth = Truth.FALSE;
            for (String column : spec.columns) {
                truth = truth.or(change.changed(column));
            }
        }
        for (Step step : transitions) {
            truth = truth.and(change.changed(step.column()));
            if (step.from() != null) {
                truth = truth.and(equal(change.before(step.column()), step.from()));
            }
            if (step.to() != null) {
                truth = truth.and(equal(change.after(step.column()), step.to()));
            }
        }
        return truth;
    }

    private @Nullable Match member(RowChange change, Truth soFar) {
        Truth best = Truth.FALSE;
        for (WatchSpec.Member member : spec.memberships) {
            Truth before = before(member.predicate(), change);
            Truth after = after(member.predicate(), change);
            Truth truth =
                    switch (member.membership()) {
                        case ENTERED -> before.not().and(after);
                        case LEFT -> before.and(after.not());
                        case STAYED -> before.and(after);
                    };
            if (truth == Truth.TRUE) {
                return new Match(soFar == Truth.TRUE, member.membership());
            }
            best = best.or(truth);
        }
        return best == Truth.FALSE ? null : UNCERTAIN;
    }

    /** Of the row before: what does not exist is in no set. */
    private static Truth before(Predicate<? super Row> predicate, RowChange change) {
        boolean isNew = change.kind() == Kind.INSERT || change.kind() == Kind.READ;
        return isNew ? Truth.FALSE : test(predicate, change.before());
    }

    private static Truth after(Predicate<? super Row> predicate, RowChange change) {
        boolean isGone = change.kind() == Kind.DELETE || change.kind() == Kind.TRUNCATE;
        return isGone ? Truth.FALSE : test(predicate, change.after());
    }

    /** The answer of a predicate that reads a value that was not sent is unknown. */
    private static Truth test(Predicate<? super Row> predicate, @Nullable Row row) {
        if (row == null) {
            return Truth.UNKNOWN;
        }
        try {
            return Truth.of(predicate.test(row));
        } catch (ValueException e) {
            if (e.reason() == Reason.NOT_SENT) {
                return Truth.UNKNOWN;
            }
            throw e;
        }
    }
}
