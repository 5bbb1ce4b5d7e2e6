package io.walwire.internal.transaction;

import io.walwire.internal.log.Logs;
import io.walwire.internal.pgoutput.PgOutputMessage.OldRow;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.TupleData;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Which partitioned tables have a partition whose replica identity is another, for one stream. The stream itself tells: before
 * a partition's first row that is published as the root's it describes the root, and right after it the partition. The
 * catalog would tell what they are now, and not what they were.
 */
final class PartitionIdentities {
    private static final Logger LOG = Logs.of(PartitionIdentities.class);

    /** Roots for which this is so, for as long as the stream lasts: it is safe to believe it for too long. */
    private final Set<Integer> differing = new HashSet<>();

    /** The last two descriptions since the last change; the second is null if there was one at most. */
    private @Nullable Relation last;

    private @Nullable Relation beforeLast;

    /** Takes note of a description, in the order of the stream. */
    void announced(Relation relation) {
        beforeLast = last;
        last = relation;
    }

    /** Takes note that a table is known by now, with what the catalog has of it. */
    void described(DescribedTable table) {
        if (differing.contains(table.oid)) {
            table.table = table.table.withPartitionsThatDiffer();
        }
    }

    /** Takes note of a change of a row: one of the table before the last is of a partition, which the last describes. */
    void changed(DescribedTable of) {
        Relation partition = last;
        Relation root = beforeLast;
        if (partition == null) {
            return;
        }
        if (root != null && root.oid() == of.oid && partition.oid() != of.oid && of.table.promisesMoreThan(partition)) {
            differ(of);
        }
        truncated();
    }

    /** Takes note of a truncate, before which any number of tables may be described. */
    void truncated() {
        last = null;
        beforeLast = null;
    }

    /**
     * The table of a change. No column of a key is NULL, so that a NULL in an old key was not sent, which only a partition can
     * bring about.
     */
    Table tableOf(DescribedTable known, OldRow oldKind, @Nullable TupleData oldRow) {
        if (oldKind == OldRow.KEY && oldRow != null && !known.table.partitionsDiffer()) {
            int at = oldRow.offset();
            for (int i = 0; i < oldRow.columns(); i++, at = oldRow.next(at)) {
                if (oldRow.bytes()[at] == TupleData.NULL
                        && known.table.columns().get(i).identity()) {
                    differ(known);
                    break;
                }
            }
        }
        return known.table;
    }

    private void differ(DescribedTable root) {
        if (root.table.partitionsDiffer()) {
            return;
        }
        root.table = root.table.withPartitionsThatDiffer();
        if (differing.add(root.oid)) {
            LOG.warn(
                    "Table {} has a partition whose replica identity is another. Of that partition's updates and deletes old"
                            + " values are missing, maybe the key. To have them, give the partition the replica identity that the"
                            + " table has (ALTER TABLE ... REPLICA IDENTITY), which that of the table does not reach",
                    root.table.qualifiedName());
        }
    }
}
