package io.walwire.internal.watch;

import io.walwire.error.ValueException;
import io.walwire.error.ValueException.Reason;
import io.walwire.event.Condition;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.watch.Membership;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A watch that was checked: tells of a change whether it is one that the watch asks for. */
final class Matcher {
    private static final Match CERTAIN = new Match(true, null);
    private static final Match UNCERTAIN = new Match(false, null);

    private final WatchSpec spec;
    private final TreeMap<String, Object> values;
    private final List<Step> transitions;

    /** What is known of a match. */
    record Match(boolean isCertain, @Nullable Membership membership) {}

    /** A change of a column; a canonical value is null where any will do. */
    record Step(
            String column, @Nullable Object from, @Nullable Object to) {}

    /**
     * A matcher.
     *
     * @param values canonical, by column
     */
    Matcher(WatchSpec spec, Map<String, Object> values, List<Step> transitions) {
        this.spec = spec;
        this.values = new TreeMap<>(values);
        this.transitions = transitions;
    }

    /** The columns whose values are asked for, sorted. */
    List<String> valueColumns() {
        return List.copyOf(values.keySet());
    }

    /** What {@link RowChange#tuple} of these columns has to be. */
    Object tuple() {
        return values.size() == 1 ? values.firstEntry().getValue() : List.copyOf(values.values());
    }

    /** Whether one of the row's versions has the values asked for. */
    Verdict hasValues(RowChange change) {
        if (change.kind() == Kind.TRUNCATE && !values.isEmpty()) {
            return Verdict.UNKNOWN;
        }
        return version(change, false).or(version(change, true));
    }

    private Verdict version(RowChange change, boolean old) {
        Verdict verdict = Verdict.YES;
        for (Map.Entry<String, Object> wanted : values.entrySet()) {
            Object value = old ? change.before(wanted.getKey()) : change.after(wanted.getKey());
            verdict = verdict.and(equal(value, wanted.getValue()));
        }
        return verdict;
    }

    private static Verdict equal(Object value, Object wanted) {
        return value == Special.UNKNOWN ? Verdict.UNKNOWN : Verdict.of(value.equals(wanted));
    }

    /**
     * Whether the change is one.
     *
     * @param hasValues what {@link #hasValues} says, which an index may know already
     * @return null if it is not
     */
    @Nullable
    Match match(RowChange change, Verdict hasValues) {
        if (!wants(change.kind())) {
            return null;
        }
        Verdict verdict = hasValues.and(updateVerdict(change));
        for (Condition condition : spec.conditions()) {
            verdict = verdict.and(Verdict.of(condition.holdsFor(change.event().event())));
        }
        for (Predicate<? super Row> predicate : spec.predicates()) {
            if (verdict == Verdict.NO) {
                return null;
            }
            Verdict after = after(predicate, change);
            verdict = verdict.and(after == Verdict.YES ? after : after.or(before(predicate, change)));
        }
        if (verdict == Verdict.NO) {
            return null;
        }
        return spec.memberships().isEmpty() ? verdict == Verdict.YES ? CERTAIN : UNCERTAIN : member(change, verdict);
    }

    private boolean wants(Kind kind) {
        Set<Kind> named = spec.kinds();
        if (named.isEmpty()) {
            return kind == Kind.UPDATE || transitions.isEmpty();
        }
        return named.contains(kind);
    }

    private Verdict updateVerdict(RowChange change) {
        if (change.kind() != Kind.UPDATE) {
            return Verdict.YES;
        }
        Verdict verdict = Verdict.YES;
        if (!spec.columns().isEmpty()) {
            verdict = Verdict.NO;
            for (String column : spec.columns()) {
                verdict = verdict.or(change.changed(column));
            }
        }
        for (Step step : transitions) {
            verdict = verdict.and(change.changed(step.column()));
            if (step.from() != null) {
                verdict = verdict.and(equal(change.before(step.column()), step.from()));
            }
            if (step.to() != null) {
                verdict = verdict.and(equal(change.after(step.column()), step.to()));
            }
        }
        return verdict;
    }

    private @Nullable Match member(RowChange change, Verdict soFar) {
        Verdict best = Verdict.NO;
        for (WatchSpec.Member member : spec.memberships()) {
            Verdict before = before(member.predicate(), change);
            Verdict after = after(member.predicate(), change);
            Verdict verdict =
                    switch (member.membership()) {
                        case ENTERED -> before.not().and(after);
                        case LEFT -> before.and(after.not());
                        case STAYED -> before.and(after);
                    };
            if (verdict == Verdict.YES) {
                return new Match(soFar == Verdict.YES, member.membership());
            }
            best = best.or(verdict);
        }
        return best == Verdict.NO ? null : UNCERTAIN;
    }

    /** Of the row before: what does not exist is in no set. */
    private static Verdict before(Predicate<? super Row> predicate, RowChange change) {
        if (change.kind() == Kind.INSERT) {
            return Verdict.NO;
        }
        return test(predicate, change.before());
    }

    private static Verdict after(Predicate<? super Row> predicate, RowChange change) {
        if (change.kind() == Kind.DELETE || change.kind() == Kind.TRUNCATE) {
            return Verdict.NO;
        }
        return test(predicate, change.after());
    }

    /** A predicate that reads what was not sent cannot know. */
    private static Verdict test(Predicate<? super Row> predicate, @Nullable Row row) {
        if (row == null) {
            return Verdict.UNKNOWN;
        }
        try {
            return Verdict.of(predicate.test(row));
        } catch (ValueException e) {
            if (e.reason() == Reason.NOT_SENT) {
                return Verdict.UNKNOWN;
            }
            throw e;
        }
    }

    /** What the subscriber is shown. */
    Content content(RowChange change) {
        return switch (spec.content()) {
            case WHOLE -> WholeContent.of(change);
            case KEYS -> PickedContent.of(change, null);
            case SELECTED -> PickedContent.of(change, spec.selected());
        };
    }
}
