package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import io.walwire.internal.pgoutput.PgOutputMessage.Message;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.pgoutput.PgOutputMessage.Truncate;
import io.walwire.internal.pgoutput.TupleData;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What is received before the catalog is asked: its end, its bounds, its order. */
class ReadAheadTest {
    private static final int INT8 = 20;
    private static final int ENUM = 70_000;

    private final Queue<PgOutputMessage> come = new ArrayDeque<>();
    private final ReadAhead ahead = new ReadAhead();

    private static Relation table(int oid, int... types) {
        List<RelationColumn> columns = new ArrayList<>();
        for (int type : types) {
            columns.add(new RelationColumn(false, "c" + columns.size(), type, -1));
        }
        return new Relation(oid, "public", "t" + oid, ReplicaIdentity.DEFAULT, columns);
    }

    private static Insert insert(int oid, int bytes) {
        return new Insert(oid, new TupleData(new byte[bytes], 0, 0));
    }

    private static Commit commit() {
        return new Commit(new Lsn(16), new Lsn(32), Instant.EPOCH);
    }

    private List<Integer> read() {
        return read(table -> false);
    }

    private List<Integer> read(Predicate<Relation> asksAtOnce) {
        return ahead
                .read(
                        () -> {
                            PgOutputMessage next = come.poll();
                            return next == null ? null : new ReadAhead.Received(next, null, new Lsn(1), null);
                        },
                        asksAtOnce)
                .stream()
                .map(Relation::oid)
                .toList();
    }

    private List<PgOutputMessage> taken() {
        List<PgOutputMessage> taken = new ArrayList<>();
        for (ReadAhead.Received next = ahead.poll(); next != null; next = ahead.poll()) {
            taken.add(Objects.requireNonNull(next.message()));
        }
        return taken;
    }

    @Test
    void transactionOfManyTables_endsAtItsCommit_andStaysInOrder() {
        List<PgOutputMessage> transaction = List.of(
                table(1, INT8),
                insert(1, 8),
                table(2, INT8),
                insert(2, 8),
                new PgOutputMessage.Type(ENUM, "public", "mood"),
                commit());
        come.addAll(transaction);
        come.add(table(3, INT8));

        assertThat(read()).containsExactly(1, 2);
        assertThat(taken()).containsExactlyElementsOf(transaction);
        assertThat(come).hasSize(1);
    }

    @Test
    void tableWithoutAChange_isNotLookedUp() {
        come.addAll(List.of(
                table(1, INT8), table(2, INT8), insert(1, 8), new Truncate(false, false, List.of(3, 1)), commit()));
        assertThat(read()).containsExactly(1);
    }

    @Test
    void drainedSocket_endsIt_andWhatComesLaterFollows() {
        come.addAll(List.of(insert(1, 8), table(2, INT8)));
        assertThat(read()).isEmpty();
        come.addAll(List.of(insert(2, 8), table(3, INT8), insert(3, 8)));
        assertThat(read()).containsExactly(2, 3);
        assertThat(taken()).hasSize(5);
    }

    @Test
    void messageInBetween_endsIt_alsoWhenItIsReadAgain() {
        come.addAll(List.of(new Message(true, new Lsn(1), "prefix", new byte[8]), table(2, INT8)));
        assertThat(read()).isEmpty();
        assertThat(read()).isEmpty();
        assertThat(taken()).hasSize(1);
    }

    @Test
    void tableThatIsLookedUpAtOnce_endsIt() {
        come.addAll(List.of(table(1, INT8), insert(1, 8), table(2, INT8, ENUM), insert(2, 8)));
        assertThat(read(table -> table.oid() == 2)).containsExactly(1);
        assertThat(read(table -> table.oid() == 2)).containsExactly(1);
        assertThat(taken()).hasSize(3);
        assertThat(come).hasSize(1);
    }

    @Test
    void failure_endsIt_andStandsBehindWhatCameBefore() {
        come.add(insert(1, 8));
        SQLException broken = new SQLException("broken");
        List<Relation> found = ahead.read(
                () -> come.isEmpty()
                        ? new ReadAhead.Received(null, null, new Lsn(2), broken)
                        : new ReadAhead.Received(come.poll(), null, new Lsn(1), null),
                table -> false);
        assertThat(found).isEmpty();
        assertThat(ahead.poll()).extracting(ReadAhead.Received::failure).isNull();
        assertThat(ahead.poll()).extracting(ReadAhead.Received::failure).isSameAs(broken);
        assertThat(ahead.poll()).isNull();
    }

    @Test
    void memory_isBounded() {
        come.addAll(Collections.nCopies(10, insert(1, 1 << 19)));
        read();
        assertThat(taken()).as("large rows").hasSize(2);

        come.clear();
        come.addAll(Collections.nCopies(100, table(1, new int[1_600])));
        read();
        assertThat(taken()).as("wide tables").hasSizeLessThan(10);

        come.clear();
        come.addAll(Collections.nCopies(100, new Truncate(false, false, Collections.nCopies(5_000, 1))));
        read();
        assertThat(taken()).as("truncates of many tables").hasSizeLessThan(10);

        come.clear();
        come.addAll(Collections.nCopies(10_000, insert(1, 1)));
        read();
        assertThat(taken()).as("small rows").hasSize(4_096);

        come.clear();
        for (int oid = 1; oid <= 1_000; oid++) {
            come.add(table(oid, INT8));
            come.add(insert(oid, 8));
        }
        assertThat(read()).as("tables").hasSize(512);
    }
}
