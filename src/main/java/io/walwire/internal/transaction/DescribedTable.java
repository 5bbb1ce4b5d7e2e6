package io.walwire.internal.transaction;

import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.RelationBytes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A table that a stream has described, and whether it is subscribed as of a version of the subscriptions. */
final class DescribedTable {
    final int oid;

    /** The last description, from which the table is made again when it is not at hand. */
    private byte[] description;

    /** What the catalog knows beside; null before the first change under the description. */
    @Nullable
    TableFacts facts;

    /** The table, if it is at hand. */
    @Nullable
    Table table;

    int lastUse;

    /** Whether the table was counted to the part of a transaction whose event holds it. */
    boolean counted;

    /** Whether a partition has another replica identity. Stays true for the rest of the stream; that is safe. */
    boolean partitionsDiffer;

    /** Whether the last change, left out or not, followed the description of another table that promises less. */
    boolean unlike;

    boolean compared;
    int version;
    boolean subscribed;

    DescribedTable(Relation relation) {
        this.oid = relation.oid();
        this.description = RelationBytes.of(relation);
    }

    void describe(Relation relation) {
        description = RelationBytes.of(relation);
    }

    Relation relation() {
        return RelationBytes.relation(description);
    }

    /** The table, for those who got this by {@link DescribedTables#get}. */
    Table table() {
        return Objects.requireNonNull(table, "table");
    }
}
