package io.walwire.internal.backfill;

import io.walwire.internal.text.TableName;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the catalog says of a table that has rows: a plain table, or a partition without partitions of its own. It is read with
 * the plan and again with each chunk, in the chunk's snapshot. Where both differ, the plan no longer holds.
 *
 * @param oid the table's OID
 * @param name its name
 * @param kind what sort of relation it is, as {@code pg_class} has it
 * @param persistence whether it is logged, as {@code pg_class} has it
 * @param fileNode the number of its file, which every rewrite changes
 * @param accessMethod the name of its table access method; empty if it has none
 * @param readable whether the role has SELECT on it, as a table privilege
 * @param rowSecurity whether row security hides rows from the role
 * @param columns its columns, as text that is equal only where names, numbers and types are
 * @param sentAs the OID of the table under whose name the stream sends its changes; 0 if no publication sends them
 * @param sentName that table's name; null if no publication sends them
 * @param sentDefinition that table's columns, replica identity and keys, as text to compare
 * @param sentColumns the columns that the publications send, in the order in which the stream sends them
 * @param filter the row filter of the publications, as an SQL expression; null if there is none
 * @param updatesSent whether the publications send updates and deletes
 * @param sending another text if changes may have been missing in between; null where nobody knows
 */
record LeafFacts(
        long oid,
        TableName name,
        char kind,
        char persistence,
        long fileNode,
        String accessMethod,
        boolean readable,
        boolean rowSecurity,
        String columns,
        long sentAs,
        @Nullable TableName sentName,
        String sentDefinition,
        List<String> sentColumns,
        @Nullable String filter,
        boolean updatesSent,
        @Nullable String sending) {
    /** The table access method that PostgreSQL brings. */
    static final String HEAP = "heap";

    LeafFacts {
        sentColumns = List.copyOf(sentColumns);
    }

    /** Whether the stream sends changes of the table, under whatever name. */
    boolean isPublished() {
        return sentAs != 0;
    }

    /** Whether a row's place is its block and its number in the block, so that ranges of places can be read. */
    boolean hasBlocks() {
        return accessMethod.equals(HEAP);
    }

    /** A number of what was read, to be kept: another one if the table was rewritten, or changes may have been missing in between. */
    long readAs() {
        String known = sending;
        return known == null ? fileNode : fileNode << 32 | Integer.toUnsignedLong(known.hashCode());
    }

    /**
     * Whether changes may have been missing since the table was like this, and why. A transaction that is still open may have made some of them, so that
     * rows are read again only after those have ended that write now, as when a run begins.
     *
     * @return for people; null if none were missing
     */
    @Nullable
    String whyMayMiss(LeafFacts now) {
        return Objects.equals(sending, now.sending)
                ? null
                : "changes of " + name + " may be missing." + SendingText.difference(sending, now.sending);
    }

    /**
     * Compares what a plan was made of with what a chunk's snapshot shows.
     *
     * @param now as the chunk found it; null if there is no such table any more
     * @return what became of the table
     */
    PlanState comparedWith(@Nullable LeafFacts now) {
        if (now == null || !now.isPublished()) {
            return PlanState.GONE;
        }
        if (now.fileNode != fileNode || !now.accessMethod.equals(accessMethod)) {
            return PlanState.REWRITTEN;
        }
        return now.equals(this) ? PlanState.HOLDS : PlanState.ALTERED;
    }
}
