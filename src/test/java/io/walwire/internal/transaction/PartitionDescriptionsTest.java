package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.INT4;
import static io.walwire.internal.transaction.Tables.TEXT;
import static io.walwire.internal.transaction.Tables.column;
import static io.walwire.internal.transaction.Tables.delete;
import static io.walwire.internal.transaction.Tables.facts;
import static io.walwire.internal.transaction.Tables.full;
import static io.walwire.internal.transaction.Tables.insert;
import static io.walwire.internal.transaction.Tables.relation;
import static io.walwire.internal.transaction.Tables.simple;
import static io.walwire.internal.transaction.Tables.transaction;
import static io.walwire.internal.transaction.Tables.truncate;
import static io.walwire.internal.transaction.Tables.update;
import static io.walwire.internal.transaction.Tables.v;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.lanes.LaneKeys;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import org.junit.jupiter.api.Test;

/** What follows from the order in which a stream describes a partitioned table and its partition. */
class PartitionDescriptionsTest {
    private static final int USER = 16384;
    private static final int TODO = 16390;

    private final TransactionAssembler assembler = Tables.assembler();

    /** The stream describes a root, then the partition that the row is of. */
    @Test
    void define_rowOfARoot_describedBeforeItsPartition_comparesTheirIdentities() {
        Relation byName =
                relation(TODO, "leaf", ReplicaIdentity.INDEX, column(false, "id", INT4), column(true, "name", TEXT));
        assembler.define(simple(USER, "user"), facts("id"));
        assembler.define(byName, facts("name"));
        TransactionPart first = transaction(assembler, update(USER, v("1"), v("a")), insert(TODO, v("1"), v("a")));
        assertThat(((ChangeEvent) first.events().get(0)).table().partitionsDiffer())
                .isTrue();
        assertThat(((ChangeEvent) first.events().get(1)).table().partitionsDiffer())
                .isFalse();
        assembler.define(simple(USER, "user"), facts("id"));
        assembler.define(simple(TODO, "leaf"), facts("id"));
        TransactionPart later = transaction(assembler, update(USER, v("1"), v("a")));
        assertThat(((ChangeEvent) later.events().get(0)).table().partitionsDiffer())
                .isTrue();
    }

    @Test
    void define_tablesDescribedOneAfterTheOther_areNoPartitions() {
        Relation full = full(USER, "user");
        assembler.define(full, facts("id"));
        assembler.define(simple(TODO, "todo"), facts("id"));
        TransactionPart truncated = transaction(assembler, truncate(0, USER, TODO), insert(USER, v("1"), v("a")));
        assertThat(((ChangeEvent) truncated.events().get(2)).table().partitionsDiffer())
                .isFalse();
    }

    /** What a change is about is not known then, so that it waits for all before it. */
    @Test
    void keyThatWasNotSent_standsAlone() {
        assembler.define(simple(USER, "user"), facts("id"));
        TransactionPart part = transaction(
                assembler,
                insert(USER, v("1"), v("a")),
                delete(USER, 'K', Cell.NULL, v("a")),
                update(USER, v("1"), v("a")));
        LaneKeys keys = new LaneKeys();
        assertThat(keys.of((ChangeEvent) part.events().get(0))).isNotNull();
        ChangeEvent delete = (ChangeEvent) part.events().get(1);
        assertThat(delete.key()).isNull();
        assertThat(delete.toJson()).contains("\"key\":null", "\"old_record\":{\"name\":\"a\"}");
        assertThat(keys.of(delete)).isNull();
        assertThat(keys.of((ChangeEvent) part.events().get(2))).isNull();
    }
}
