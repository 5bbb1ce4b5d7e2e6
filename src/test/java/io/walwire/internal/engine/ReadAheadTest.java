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
import io.walwire.internal.pgoutput.PgOutputMessage.Type;
import io.walwire.internal.pgoutput.TupleData;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** What is received before the catalog is asked: its end, its bounds, its order. */
class ReadAheadTest {
    private static final int INT8 = 20;
    private static final int ENUM = 70_000;

    private final Queue<PgOutputMessage> come = new ArrayDeque<>();
    private final ReadAhead ahead = new ReadAhead(false);

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

    private List<Integer> read(ReadAhead into) throws SQLException {
        return into
                .read(() -> {
                    PgOutputMessage next = come.poll();
                    return next == null ? null : new ReadAhead.Received(next, null, new Lsn(1));
                })
                .stream()
                .map(Relation::oid)
                .toList();
    }

    private static List<PgOutputMessage> taken(ReadAhead from) {
        List<PgOutputMessage> taken = new ArrayList<>();
        for (ReadAhead.Received next = from.poll(); next != null; next = from.poll()) {
            taken.add(next.message());
        }
        return taken;
    }

    @Test
    void transactionOfManyTables_endsAtItsCommit_andStaysInOrder() throws SQLException {
        List<PgOutputMessage> transaction = List.of(
                table(1, INT8), insert(1, 8), table(2, INT8), insert(2, 8), new Type(ENUM, "public", "mood"), commit());
        come.addAll(transaction);
        come.add(table(3, INT8));

        assertThat(read(ahead)).containsExactly(1, 2);
        assertThat(taken(ahead)).containsExactlyElementsOf(transaction);
        assertThat(come).hasSize(1);
    }

    @Test
    void drainedSocket_endsIt_andWhatComesLaterFollows() throws SQLException {
        come.addAll(List.of(insert(1, 8), table(2, INT8)));
        assertThat(read(ahead)).containsExactly(2);
        come.add(table(3, INT8));
        assertThat(read(ahead)).containsExactly(2, 3);
        assertThat(taken(ahead)).hasSize(3);
    }

    @Test
    void messageInBetween_endsIt_alsoWhenItIsReadAgain() throws SQLException {
        come.addAll(List.of(new Message(true, new Lsn(1), "prefix", new byte[8]), table(2, INT8)));
        assertThat(read(ahead)).isEmpty();
        assertThat(read(ahead)).isEmpty();
        assertThat(taken(ahead)).hasSize(1);
    }

    @Test
    void typeThatMayNotBeExactInBinary_isAskedAboutBeforeMoreIsReceived() throws SQLException {
        ReadAhead binary = new ReadAhead(true);
        come.addAll(List.of(table(1, INT8), table(2, INT8, ENUM), insert(2, 8)));
        assertThat(read(binary)).containsExactly(1);
        assertThat(taken(binary)).hasSize(2);
        assertThat(come).hasSize(1);
    }

    @Test
    void inText_everyTypeMayFollow() throws SQLException {
        come.addAll(List.of(table(1, INT8), table(2, INT8, ENUM), insert(2, 8), commit()));
        assertThat(read(ahead)).containsExactly(1, 2);
        assertThat(come).isEmpty();
    }

    @Test
    void memory_isBounded() throws SQLException {
        come.addAll(Collections.nCopies(10, insert(1, 1 << 19)));
        read(ahead);
        assertThat(taken(ahead)).as("large rows").hasSize(2);

        come.clear();
        int[] wide = new int[1_600];
        come.addAll(Collections.nCopies(100, table(1, wide)));
        read(ahead);
        assertThat(taken(ahead)).as("wide tables").hasSizeLessThan(10);

        come.clear();
        come.addAll(Collections.nCopies(10_000, insert(1, 1)));
        read(ahead);
        assertThat(taken(ahead)).as("small rows").hasSize(4_096);

        come.clear();
        for (int oid = 1; oid <= 1_000; oid++) {
            come.add(table(oid, INT8));
        }
        assertThat(read(ahead)).as("tables").hasSize(512);
    }
}
