package io.walwire.internal.transaction;

import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.log.Logs;
import io.walwire.internal.pgoutput.PgOutputMessage.OldRow;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.pgoutput.TupleData;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Which partitioned tables have a partition whose replica identity is another, for one stream. The stream itself shows it: before
 * a partition's first row that is published as the root's it describes the root, and right after it the partition. The
 * catalog has what their identities are now, and not what they were; it shows which tables are partitioned at all.
 */
final class PartitionIdentities {
    private static final Logger LOG = Logs.of(PartitionIdentities.class);

    private final DescribedTables tables;

    /** The last two descriptions since the last change; the second is null if there was one at most. */
    private @Nullable Relation last;

    private @Nullable Relation beforeLast;

    PartitionIdentities(DescribedTables tables) {
        this.tables = tables;
    }

    /** Takes note of a description, in the order of the stream. */
    void announced(Relation relation) {
        beforeLast = last;
        last = relation;
    }

    /** Takes note of a change of a row: one of the table before the last is of a partition, which the last describes. */
    void changed(DescribedTable of) {
        compare(of.oid);
        if (of.unlike) {
            of.unlike = false;
            differIfPartitioned(of);
        }
    }

    /** Takes note of a change that does not come; of a row of this table, or 0. The descriptions before it were sent for it. */
    void leftOut(int relation) {
        compare(relation);
    }

    /** Takes note that the descriptions so far are not for what follows: after a truncate, between transactions. */
    void separate() {
        last = null;
        beforeLast = null;
    }

    private void compare(int relation) {
        Relation partition = last;
        Relation root = beforeLast;
        if (partition == null) {
            return;
        }
        if (root != null && root.oid() == relation && partition.oid() != relation && promisesMore(root, partition)) {
            DescribedTable table = tables.find(relation);
            if (table != null) {
                table.unlike = true;
            }
        }
        separate();
    }

    /**
     * Whether a partition leaves out old values that the root's replica identity promises. What of an old row is written, the
     * partition says; how the stream marks it, the root.
     */
    private static boolean promisesMore(Relation root, Relation partition) {
        return partition.replicaIdentity() != ReplicaIdentity.FULL
                && (root.replicaIdentity() == ReplicaIdentity.FULL
                        || !flagged(root).equals(flagged(partition)));
    }

    private static Set<String> flagged(Relation relation) {
        return relation.columns().stream()
                .filter(RelationColumn::identity)
                .map(RelationColumn::name)
                .collect(Collectors.toSet());
    }

    /**
     * The table of a change. No column of a key is NULL, so that a NULL in an old key was not sent, which only a partition can
     * bring about.
     */
    Table tableOf(DescribedTable known, OldRow oldKind, @Nullable TupleData oldRow) {
        Table table = known.table();
        if (oldKind == OldRow.KEY && oldRow != null && !table.partitionsDiffer()) {
            int at = oldRow.offset();
            for (int i = 0; i < oldRow.columns(); i++, at = oldRow.next(at)) {
                if (oldRow.bytes()[at] == TupleData.NULL
                        && table.columns().get(i).identity()) {
                    differ(known);
                    break;
                }
            }
        }
        return known.table();
    }

    private static void differIfPartitioned(DescribedTable root) {
        TableFacts facts = root.facts;
        if (facts != null && facts.mayBePartitioned()) {
            differ(root);
        }
    }

    private static void differ(DescribedTable root) {
        if (root.table().partitionsDiffer()) {
            return;
        }
        root.partitionsDiffer = true;
        root.table = root.table().withPartitionsThatDiffer();
        LOG.warn(
                "Table {} has a partition whose replica identity is another. Of that partition's updates and deletes old"
                        + " values are missing, maybe the key. To have them, give the partition the replica identity that the"
                        + " table has (ALTER TABLE ... REPLICA IDENTITY), which that of the table does not reach",
                root.table().qualifiedName());
    }
}
