package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.INT4;
import static io.walwire.internal.transaction.Tables.TEXT;
import static io.walwire.internal.transaction.Tables.begin;
import static io.walwire.internal.transaction.Tables.column;
import static io.walwire.internal.transaction.Tables.commit;
import static io.walwire.internal.transaction.Tables.delete;
import static io.walwire.internal.transaction.Tables.facts;
import static io.walwire.internal.transaction.Tables.full;
import static io.walwire.internal.transaction.Tables.insert;
import static io.walwire.internal.transaction.Tables.partitionedFacts;
import static io.walwire.internal.transaction.Tables.relation;
import static io.walwire.internal.transaction.Tables.simple;
import static io.walwire.internal.transaction.Tables.transaction;
import static io.walwire.internal.transaction.Tables.truncate;
import static io.walwire.internal.transaction.Tables.update;
import static io.walwire.internal.transaction.Tables.v;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.lanes.LaneKeys;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage.LeftOut;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What follows from the order in which a stream describes a partitioned table and its partition. */
class PartitionDescriptionsTest {
    private static final int USER = 16384;
    private static final int TODO = 16390;

    private final TransactionAssembler assembler = Tables.assembler();

    private void describe(Relation relation, TableFacts facts) {
        assembler.announce(relation);
        assembler.define(relation, facts);
    }

    /** A transaction whose first messages describe a root and a partition whose identity is another. */
    private TransactionPart rootAndPartition(TableFacts root, MessageBytes... changes) {
        Relation byName =
                relation(TODO, "leaf", ReplicaIdentity.INDEX, column(false, "id", INT4), column(true, "name", TEXT));
        assembler.accept(begin());
        describe(simple(USER, "user"), root);
        describe(byName, facts("name"));
        return rest(changes);
    }

    private TransactionPart rest(MessageBytes... changes) {
        for (MessageBytes change : changes) {
            assembler.accept(change.decode());
        }
        return Objects.requireNonNull(assembler.accept(commit()));
    }

    private static boolean differs(TransactionPart part, int event) {
        return ((ReceivedChange) part.events().get(event)).table().partitionsDiffer();
    }

    @Test
    void rowOfARoot_describedBeforeItsPartition_comparesTheirIdentities() {
        TransactionPart first =
                rootAndPartition(partitionedFacts("id"), update(USER, v("1"), v("a")), insert(TODO, v("1"), v("a")));
        assertThat(differs(first, 0)).isTrue();
        assertThat(differs(first, 1)).isFalse();
        assembler.accept(begin());
        describe(simple(USER, "user"), partitionedFacts("id"));
        describe(simple(TODO, "leaf"), facts("id"));
        assertThat(differs(rest(update(USER, v("1"), v("a"))), 0)).isTrue();
    }

    @Test
    void tableThatIsNotPartitioned_isComparedWithNone() {
        assertThat(differs(rootAndPartition(facts("id"), update(USER, v("1"), v("a"))), 0))
                .isFalse();
    }

    @Test
    void tablesDescribedForATruncate_areNoPartitions() {
        TransactionPart truncated =
                rootAndPartition(partitionedFacts("id"), truncate(0, USER, TODO), insert(USER, v("1"), v("a")));
        assertThat(differs(truncated, 2)).isFalse();
    }

    @Test
    void tablesDescribedBetweenTransactions_areNoPartitions() {
        describe(full(USER, "user"), partitionedFacts("id"));
        describe(simple(TODO, "todo"), facts("id"));
        assertThat(differs(transaction(assembler, insert(USER, v("1"), v("a"))), 0))
                .isFalse();
        describe(full(USER, "user"), partitionedFacts("id"));
        assembler.accept(begin());
        describe(simple(TODO, "todo"), facts("id"));
        assertThat(differs(rest(insert(USER, v("1"), v("a"))), 0)).isFalse();
    }

    /** The descriptions of a change that does not come are its own; what they say of its table holds for later ones. */
    @Test
    void changeThatIsLeftOut_endsItsDescriptions_andDescribesItsPartition() {
        describe(full(USER, "user"), partitionedFacts("id"));
        assembler.accept(new LeftOut(USER));
        describe(simple(TODO, "todo"), facts("id"));
        assembler.accept(new LeftOut(TODO));
        assertThat(differs(transaction(assembler, insert(USER, v("1"), v("a"))), 0))
                .isFalse();
        describe(full(USER, "user"), partitionedFacts("id"));
        describe(simple(TODO, "todo"), facts("id"));
        assembler.accept(new LeftOut(USER));
        TransactionPart part = transaction(assembler, insert(TODO, v("1"), v("a")), insert(USER, v("1"), v("a")));
        assertThat(differs(part, 0)).isFalse();
        assertThat(differs(part, 1)).isTrue();
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
        assertThat(keys.of((ReceivedChange) part.events().get(0))).isNotNull();
        ReceivedChange delete = (ReceivedChange) part.events().get(1);
        assertThat(delete.key()).isNull();
        assertThat(delete.toJson()).contains("\"key\":null", "\"old_record\":{\"name\":\"a\"}");
        assertThat(keys.of(delete)).isNull();
        assertThat(keys.of((ReceivedChange) part.events().get(2))).isNull();
    }
}
