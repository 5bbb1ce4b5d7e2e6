package io.walwire.internal.watch;

import io.walwire.event.Condition;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.internal.text.TableName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A copy of what a watch asks for, to be changed and made another watch of. */
final class Draft {
    final TableName table;
    final Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    final Set<String> columns = new LinkedHashSet<>();
    final List<WatchSpec.Step> transitions = new ArrayList<>();
    final Map<String, @Nullable Object> values = new LinkedHashMap<>();
    final List<Condition> conditions = new ArrayList<>();
    final List<Predicate<? super Row>> predicates = new ArrayList<>();
    final List<WatchSpec.Member> memberships = new ArrayList<>();

    @Nullable
    Set<String> key;

    WatchSpec.Content content;

    @Nullable
    Set<String> selected;

    @Nullable
    String label;

    Buffering buffering;

    /** A watch of everything. */
    Draft(TableName table) {
        this.table = table;
        this.content = WatchSpec.Content.WHOLE;
        this.buffering = Buffering.DEFAULT;
    }

    Draft(WatchSpec spec) {
        table = spec.table();
        kinds.addAll(spec.kinds());
        columns.addAll(spec.columns());
        transitions.addAll(spec.transitions());
        values.putAll(spec.values());
        conditions.addAll(spec.conditions());
        predicates.addAll(spec.predicates());
        memberships.addAll(spec.memberships());
        key = spec.key();
        content = spec.content();
        selected = spec.selected();
        label = spec.label();
        buffering = spec.buffering();
    }

    WatchSpec spec() {
        return new WatchSpec(
                table,
                Set.copyOf(kinds),
                Collections.unmodifiableSet(columns),
                List.copyOf(transitions),
                Collections.unmodifiableMap(values),
                key,
                List.copyOf(conditions),
                List.copyOf(predicates),
                List.copyOf(memberships),
                content,
                selected,
                label,
                buffering);
    }
}
