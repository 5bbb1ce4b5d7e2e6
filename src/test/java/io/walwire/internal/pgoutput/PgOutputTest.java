package io.walwire.internal.pgoutput;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.BeginPrepare;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.CommitPrepared;
import io.walwire.internal.pgoutput.PgOutputMessage.Delete;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import io.walwire.internal.pgoutput.PgOutputMessage.Message;
import io.walwire.internal.pgoutput.PgOutputMessage.OldRow;
import io.walwire.internal.pgoutput.PgOutputMessage.Origin;
import io.walwire.internal.pgoutput.PgOutputMessage.Prepare;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.pgoutput.PgOutputMessage.RollbackPrepared;
import io.walwire.internal.pgoutput.PgOutputMessage.StreamAbort;
import io.walwire.internal.pgoutput.PgOutputMessage.StreamCommit;
import io.walwire.internal.pgoutput.PgOutputMessage.StreamStart;
import io.walwire.internal.pgoutput.PgOutputMessage.StreamStop;
import io.walwire.internal.pgoutput.PgOutputMessage.Truncate;
import io.walwire.internal.pgoutput.PgOutputMessage.Update;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every kind of message, from bytes put together by hand. */
class PgOutputTest {
    @Test
    void decode_begin() {
        assertThat(MessageBytes.kind('B')
                        .int64(0x16_B374D848L)
                        .int64(1)
                        .int32(-1)
                        .decode())
                .isEqualTo(
                        new Begin(Lsn.parse("16/B374D848"), Instant.parse("2000-01-01T00:00:00.000001Z"), 0xFFFF_FFFF));
    }

    @Test
    void decode_beginBeforeTheEpoch() {
        assertThat(MessageBytes.kind('B').int64(0).int64(-1).int32(3).decode())
                .isEqualTo(new Begin(Lsn.ZERO, Instant.parse("1999-12-31T23:59:59.999999Z"), 3));
    }

    @Test
    void decode_commit_lsnAndEndInTheirOrder() {
        assertThat(MessageBytes.kind('C').int8(0).int64(-2).int64(-1).int64(0).decode())
                .isEqualTo(new Commit(
                        Lsn.parse("FFFFFFFF/FFFFFFFE"),
                        Lsn.parse("FFFFFFFF/FFFFFFFF"),
                        Instant.parse("2000-01-01T00:00:00Z")));
    }

    @Test
    void decode_origin() {
        assertThat(MessageBytes.kind('O').int64(7).string("paris").decode()).isEqualTo(new Origin(new Lsn(7), "paris"));
    }

    @ParameterizedTest
    @CsvSource({"d,DEFAULT", "n,NOTHING", "f,FULL", "i,INDEX"})
    void decode_relation_everyReplicaIdentity(char wire, ReplicaIdentity identity) {
        PgOutputMessage decoded = Samples.relationHead("shop", "a\"b.c", wire)
                .int16(2)
                .column(1, "id", 23, -1)
                .column(0, "größe 😀", -1, 655_366)
                .decode();
        assertThat(decoded)
                .isEqualTo(new Relation(
                        16384,
                        "shop",
                        "a\"b.c",
                        identity,
                        List.of(
                                new RelationColumn(true, "id", 23, -1),
                                new RelationColumn(false, "größe 😀", -1, 655_366))));
    }

    @Test
    void decode_emptySchema_pgCatalog() {
        assertThat(MessageBytes.kind('Y')
                        .int32(16400)
                        .string("")
                        .string("numeric")
                        .decode())
                .isEqualTo(new PgOutputMessage.Type(16400, "pg_catalog", "numeric"));
        assertThat(Samples.relationHead("", "pg_class", 'n').int16(0).decode())
                .isEqualTo(new Relation(16384, "pg_catalog", "pg_class", ReplicaIdentity.NOTHING, List.of()));
    }

    @Test
    void decode_insert() {
        Insert insert = (Insert) MessageBytes.kind('I')
                .int32(-2)
                .int8('N')
                .tuple(Cell.of("1"), Cell.NULL, Cell.of("größe"), Cell.UNCHANGED, Cell.of(""))
                .decode();
        assertThat(insert.relation()).isEqualTo(-2);
        assertThat(cells(insert.newRow())).containsExactly("1", "n", "größe", "u", "");
    }

    @Test
    void decode_update_withoutOldRow() {
        Update update = (Update)
                MessageBytes.kind('U').int32(9).int8('N').tuple(Cell.of("x")).decode();
        assertThat(update.relation()).isEqualTo(9);
        assertThat(update.oldKind()).isEqualTo(OldRow.ABSENT);
        assertThat(update.oldRow()).isNull();
        assertThat(cells(update.newRow())).containsExactly("x");
    }

    @ParameterizedTest
    @CsvSource({"K,KEY", "O,FULL"})
    void decode_update_withOldRow(char wire, OldRow kind) {
        Update update = (Update) MessageBytes.kind('U')
                .int32(9)
                .int8(wire)
                .tuple(Cell.of("old"), Cell.NULL)
                .int8('N')
                .tuple(Cell.of("new"), Cell.UNCHANGED)
                .decode();
        assertThat(update.oldKind()).isEqualTo(kind);
        assertThat(cells(Objects.requireNonNull(update.oldRow()))).containsExactly("old", "n");
        assertThat(cells(update.newRow())).containsExactly("new", "u");
    }

    @ParameterizedTest
    @CsvSource({"K,KEY", "O,FULL"})
    void decode_delete(char wire, OldRow kind) {
        Delete delete = (Delete) MessageBytes.kind('D')
                .int32(9)
                .int8(wire)
                .tuple(Cell.of("old"), Cell.NULL)
                .decode();
        assertThat(delete.relation()).isEqualTo(9);
        assertThat(delete.oldKind()).isEqualTo(kind);
        assertThat(cells(delete.oldRow())).containsExactly("old", "n");
    }

    @ParameterizedTest
    @CsvSource({"0,false,false", "1,true,false", "2,false,true", "3,true,true"})
    void decode_truncate_everyOption(int flags, boolean cascade, boolean restartIdentity) {
        assertThat(MessageBytes.kind('T').int32(2).int8(flags).int32(5).int32(4).decode())
                .isEqualTo(new Truncate(cascade, restartIdentity, List.of(5, 4)));
    }

    @ParameterizedTest
    @CsvSource({"0,false", "1,true"})
    void decode_message(int flags, boolean transactional) {
        Message message = (Message) MessageBytes.kind('M')
                .int8(flags)
                .int64(8)
                .string("app")
                .int32(3)
                .raw(new byte[] {0, -1, 'x'})
                .decode();
        assertThat(message.transactional()).isEqualTo(transactional);
        assertThat(message.lsn()).isEqualTo(new Lsn(8));
        assertThat(message.prefix()).isEqualTo("app");
        assertThat(message.content()).containsExactly(0, -1, 'x');
    }

    @Test
    void decode_tupleOfAsManyColumnsAsATableCanHave() {
        Cell[] row = new Cell[1600];
        for (int i = 0; i < row.length; i++) {
            row[i] = Cell.of("v" + i);
        }
        Insert insert =
                (Insert) MessageBytes.kind('I').int32(1).int8('N').tuple(row).decode();
        assertThat(cells(insert.newRow())).hasSize(1600).endsWith("v1599");
    }

    @Test
    void decode_aSliceOfALargerArray() {
        byte[] message =
                MessageBytes.kind('I').int32(1).int8('N').tuple(Cell.of("x")).toArray();
        byte[] larger = new byte[message.length + 20];
        System.arraycopy(message, 0, larger, 7, message.length);
        ByteBuffer frame = ByteBuffer.wrap(larger, 3, larger.length - 3).slice();
        frame.position(4).limit(4 + message.length);
        assertThat(cells(((Insert) PgOutput.decode(frame)).newRow())).containsExactly("x");
    }

    /** A value's text; of NULL and an unchanged value their kind's letter. */
    private static List<String> cells(TupleData tuple) {
        byte[] bytes = tuple.bytes();
        return java.util.Arrays.stream(tuple.columnOffsets())
                .mapToObj(at -> bytes[at] == TupleData.TEXT
                        ? new String(bytes, at + 5, TupleData.length(bytes, at), StandardCharsets.UTF_8)
                        : String.valueOf((char) bytes[at]))
                .toList();
    }

    @Test
    void decode_streamStart_firstAndLater() {
        assertThat(MessageBytes.kind('S').int32(-1).int8(1).decode()).isEqualTo(new StreamStart(-1, true));
        assertThat(MessageBytes.kind('S').int32(740).int8(0).decode()).isEqualTo(new StreamStart(740, false));
    }

    @Test
    void decode_streamStop() {
        assertThat(MessageBytes.kind('E').decode()).isEqualTo(new StreamStop());
    }

    @Test
    void decode_streamCommit() {
        assertThat(MessageBytes.kind('c')
                        .int32(740)
                        .int8(0)
                        .int64(1)
                        .int64(2)
                        .int64(3)
                        .decode())
                .isEqualTo(new StreamCommit(740, new Lsn(1), new Lsn(2), Instant.parse("2000-01-01T00:00:00.000003Z")));
    }

    @Test
    void decode_streamAbort_withAndWithoutPosition() {
        assertThat(MessageBytes.kind('A').int32(740).int32(742).decode()).isEqualTo(new StreamAbort(740, 742));
        assertThat(MessageBytes.kind('A')
                        .int32(740)
                        .int32(742)
                        .int64(1)
                        .int64(2)
                        .decode())
                .isEqualTo(new StreamAbort(740, 742));
    }

    @Test
    void decode_beginPrepare() {
        assertThat(MessageBytes.kind('b')
                        .int64(1)
                        .int64(2)
                        .int64(3)
                        .int32(740)
                        .string("g")
                        .decode())
                .isEqualTo(new BeginPrepare(740, "g"));
    }

    @ParameterizedTest
    @CsvSource({"P, false", "p, true"})
    void decode_prepare(char kind, boolean streamed) {
        assertThat(MessageBytes.kind(kind)
                        .int8(0)
                        .int64(1)
                        .int64(2)
                        .int64(3)
                        .int32(740)
                        .string("g")
                        .decode())
                .isEqualTo(new Prepare(740, "g", new Lsn(1), streamed));
    }

    @Test
    void decode_commitPrepared() {
        assertThat(MessageBytes.kind('K')
                        .int8(0)
                        .int64(1)
                        .int64(2)
                        .int64(3)
                        .int32(740)
                        .string("g")
                        .decode())
                .isEqualTo(new CommitPrepared(
                        740, "g", new Lsn(1), new Lsn(2), Instant.parse("2000-01-01T00:00:00.000003Z")));
    }

    @Test
    void decode_rollbackPrepared() {
        assertThat(MessageBytes.kind('r')
                        .int8(0)
                        .int64(1)
                        .int64(2)
                        .int64(3)
                        .int64(4)
                        .int32(740)
                        .string("g")
                        .decode())
                .isEqualTo(new RollbackPrepared(740, "g"));
    }
}
