package io.walwire.internal.dispatch;

import io.walwire.event.Condition;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.SearchValue;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.Nearest;
import io.walwire.internal.transaction.Table;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Compares the conditions of one declaration with its tables. What a table cannot answer is not known, so that
 * the handler gets events in doubt, unless a condition leaves them out; that is logged once. Used by one thread at a time.
 */
final class ConditionCheck {
    private static final Logger LOG = Logs.of(ConditionCheck.class);

    private final String handler;
    private final List<Condition> conditions;
    private final boolean ofAllTables;
    private final Set<String> logged = new HashSet<>();

    /**
     * A check.
     *
     * @param handler its name, for messages
     * @param ofAllTables whether the declaration names no table, so that some tables may lack a column
     */
    ConditionCheck(String handler, List<Condition> conditions, boolean ofAllTables) {
        this.handler = handler;
        this.conditions = conditions;
        this.ofAllTables = ofAllTables;
    }

    /** Logs what the table cannot answer, as far as that was not logged before. */
    void check(Table table) {
        for (Condition condition : conditions) {
            condition.columns().stream()
                    .filter(column -> table.type(column) == null && !ofAllTables)
                    .forEach(column ->
                            warn(table, "the table has no published column " + column + didYouMean(column, table)));
            for (Condition.Comparison compared : condition.comparisons()) {
                String refused = refused(table.type(compared.column()), compared.value());
                if (refused != null) {
                    warn(table, "for column " + compared.column() + " " + refused);
                }
            }
        }
    }

    private static String didYouMean(String column, Table table) {
        return Nearest.of(column, table.typesByColumn().keySet())
                .map(near -> "; did you mean " + near + "?")
                .orElse("; it has " + String.join(", ", table.typesByColumn().keySet()));
    }

    /** Why a column cannot hold a value; null if it can. */
    private static @Nullable String refused(@Nullable PgType type, @Nullable Object value) {
        if (type == null || value == null) {
            return null;
        }
        try {
            new SearchValue(type).check(value);
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    private void warn(Table table, String problem) {
        if (logged.add(table.qualifiedName() + ' ' + problem)) {
            LOG.warn(
                    "Handler {}, condition on table {}: {}. The comparison is not known there. Events in doubt come to the"
                            + " handler, unless the condition leaves them out (certain()).",
                    handler,
                    table.qualifiedName(),
                    problem);
        }
    }
}
