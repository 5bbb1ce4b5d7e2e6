package io.walwire.internal.triggers;

import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.TableName;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A table, and what it has of one application's triggers.
 *
 * @param table its name
 * @param logged whether it is neither temporary nor unlogged
 * @param extension whether an extension made it
 * @param root the partitioned table that it is a part of, the topmost; null if it is no partition
 * @param owned whether the role that looks has the rights of the table's owner
 * @param rows the trigger for rows
 * @param truncates the trigger for TRUNCATE
 * @param silent its partitions on which the trigger for rows is disabled
 * @param always whether all fire in every {@code session_replication_role}
 * @param single whether it is a table by itself: not partitioned, no partition and no child
 * @param other a trigger of others, on this table or another one, whose changes may come between those of a statement, as the
 *     beginning of a sentence; null if there is none
 * @param gathered whether what is inserted is captured once for a statement
 */
record TableTriggers(
        TableName table,
        boolean logged,
        boolean extension,
        @Nullable TableName root,
        boolean owned,
        Condition rows,
        Condition truncates,
        List<String> silent,
        boolean always,
        boolean single,
        @Nullable String other,
        boolean gathered) {
    /** What a trigger is like. */
    enum Condition {
        MISSING,
        /** There is one of its name that is not marked as this application's. */
        FOREIGN,
        /** It does something else than it should. */
        STALE,
        DISABLED,
        WORKS
    }

    /** Whether changes of the table come. */
    boolean works() {
        return rows == Condition.WORKS && truncates == Condition.WORKS;
    }

    /**
     * Whether inserts may be captured once for a statement. Logical replication fires no such trigger.
     *
     * @param always whether the triggers are to fire in every {@code session_replication_role}
     */
    boolean canGather(boolean always) {
        return single && other == null && !always;
    }

    /** Whether changes come, and the triggers are those that this version makes; of another role's table, whether they come. */
    boolean isAsWanted(boolean always) {
        return works() && this.always == always && (gathered == canGather(always) || !owned);
    }

    /** What may make changes of a row that come before the row's own insert, as the beginning of a sentence. */
    Optional<String> misorders() {
        return works() && gathered ? Optional.ofNullable(other) : Optional.empty();
    }

    /** Whether one of them is not known to be this application's. */
    boolean isForeign() {
        return rows == Condition.FOREIGN || truncates == Condition.FOREIGN;
    }

    /** Where the triggers are disabled, after that word: nothing for the table itself. */
    String where() {
        return silent.isEmpty() ? "" : " on " + ShortList.of(silent);
    }

    /** What is wrong with them. */
    String said() {
        return "rows " + lower(rows) + where() + ", truncate " + lower(truncates);
    }

    private static String lower(Condition condition) {
        return condition.name().toLowerCase(Locale.ROOT);
    }

    /** Whether it has any of the triggers. */
    boolean has() {
        return rows != Condition.MISSING || truncates != Condition.MISSING;
    }
}
