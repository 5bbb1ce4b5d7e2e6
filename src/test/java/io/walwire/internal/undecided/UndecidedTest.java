package io.walwire.internal.undecided;

import static io.walwire.internal.undecided.StreamFrames.TABLE;
import static io.walwire.internal.undecided.StreamFrames.abort;
import static io.walwire.internal.undecided.StreamFrames.beginPrepare;
import static io.walwire.internal.undecided.StreamFrames.commit;
import static io.walwire.internal.undecided.StreamFrames.commitPrepared;
import static io.walwire.internal.undecided.StreamFrames.insert;
import static io.walwire.internal.undecided.StreamFrames.message;
import static io.walwire.internal.undecided.StreamFrames.prepare;
import static io.walwire.internal.undecided.StreamFrames.relation;
import static io.walwire.internal.undecided.StreamFrames.relationIn;
import static io.walwire.internal.undecided.StreamFrames.rollbackPrepared;
import static io.walwire.internal.undecided.StreamFrames.start;
import static io.walwire.internal.undecided.StreamFrames.stop;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.CommitPrepared;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import io.walwire.internal.pgoutput.PgOutputMessage.Message;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.Truncate;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Frames of undecided transactions to the messages of protocol 1. */
class UndecidedTest {
    private final Path folder;
    private final List<String> out = new ArrayList<>();
    private Undecided undecided = new Undecided(1 << 20, Path.of("nowhere"));

    UndecidedTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @AfterEach
    void close() {
        undecided.close();
    }

    private void give(MessageBytes... frames) {
        for (MessageBytes frame : frames) {
            // as the driver hands it over: behind a header
            byte[] bytes = frame.toArray();
            byte[] whole = new byte[25 + bytes.length];
            System.arraycopy(bytes, 0, whole, 25, bytes.length);
            PgOutputMessage message =
                    undecided.accept(ByteBuffer.wrap(whole, 25, bytes.length).slice());
            for (; message != null; message = undecided.replayed()) {
                out.add(line(message));
            }
        }
    }

    private static String line(PgOutputMessage message) {
        if (message instanceof Insert insert) {
            return "I"
                    + new String(
                            insert.newRow().bytes(),
                            insert.newRow().offset() + 5,
                            insert.newRow().end() - insert.newRow().offset() - 5,
                            StandardCharsets.UTF_8);
        } else if (message instanceof Relation relation) {
            return "R" + relation.columns().size();
        } else if (message instanceof Begin begin) {
            return "B" + begin.xid() + "@" + begin.commitLsn().value();
        } else if (message instanceof Commit commit) {
            return "C" + commit.commitLsn().value() + "-" + commit.endLsn().value();
        } else if (message instanceof Message logical) {
            return "M" + logical.prefix();
        } else if (message instanceof Truncate truncate) {
            return "T" + truncate.relations().size();
        }
        return message.getClass().getSimpleName();
    }

    @Test
    void plainTransaction_passes() {
        give(
                relation(1),
                MessageBytes.kind('B').int64(7).int64(0).int32(5),
                insert("a"),
                MessageBytes.kind('C').int8(0).int64(7).int64(8).int64(0));
        assertThat(out).containsExactly("R1", "B5@7", "Ia", "C7-8");
    }

    @Test
    void chunks_comeAtTheirCommit_withoutWhatWasRolledBack() {
        give(start(5, true), relationIn(5, 1), insert(5, "a"), insert(6, "b"), stop());
        assertThat(undecided.isArriving()).isFalse();
        give(start(9, true), relationIn(9, 1), insert(9, "x"), stop());
        give(abort(5, 6));
        give(start(5, false), insert(7, "c"), stop(), abort(5, 8));
        assertThat(out).isEmpty();
        give(commit(9, 20), commit(5, 30));
        assertThat(out).containsExactly("B9@20", "R1", "Ix", "C20-21", "B5@30", "R1", "Ia", "Ic", "C30-31");
    }

    @Test
    void transaction_rolledBack_isGone() {
        give(start(5, true), insert(5, "a"), stop(), abort(5, 5));
        assertThat(out).isEmpty();
        assertThatThrownBy(() -> give(commit(5, 20)))
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("The commit of transaction 5");
    }

    @Test
    void relation_ofARolledBackSubtransaction_isDefinedInItsPlace() {
        give(start(5, true), relationIn(6, 1), insert(6, "a"), stop(), abort(5, 6));
        give(start(5, false), insert(7, "b"), stop(), commit(5, 20));
        assertThat(out).containsExactly("B5@20", "R1", "LeftOut", "Ib", "C20-21");
    }

    @Test
    void definition_thatArrivedLater_isInForceAfterTheReplay() {
        give(relation(1), start(5, true), relationIn(5, 2), insert(5, "a"), stop());
        give(relation(3), insert("now"));
        give(commit(5, 20), insert("then"));
        assertThat(out).containsExactly("R1", "R3", "Inow", "B5@20", "R2", "Ia", "C20-21", "R3", "Ithen");
    }

    @Test
    void definition_thatArrivedEarlier_isReplaced() {
        give(relation(1), start(5, true), relationIn(5, 2), insert(5, "a"), stop(), commit(5, 20));
        give(start(8, true), relationIn(8, 4), stop(), start(9, true), relationIn(9, 3), stop());
        give(commit(9, 30), commit(8, 40));
        assertThat(out)
                .containsExactly(
                        "R1", "B5@20", "R2", "Ia", "C20-21", "B9@30", "R3", "C30-31", "B8@40", "R4", "C40-41", "R3");
    }

    @Test
    void prepared_carriesTheDefinitionsThatItReliesOn() {
        give(relation(1), beginPrepare(5), insert("a"), insert("b"), prepare('P', 5));
        give(relation(2), insert("c"));
        give(commitPrepared(5, 20), insert("d"));
        assertThat(out)
                .containsExactly(
                        "R1", "Prepare", "R2", "Ic", "CommitPrepared", "B5@20", "R1", "Ia", "Ib", "C20-21", "R2", "Id");
    }

    @Test
    void prepared_itsDefinitionsAreInForceAtOnce() {
        give(beginPrepare(5), relation(1), insert("a"), prepare('P', 5), insert("b"), rollbackPrepared(5), insert("c"));
        assertThat(out).containsExactly("R1", "LeftOut", "Prepare", "Ib", "RollbackPrepared", "Ic");
    }

    @Test
    void prepared_truncateOfKnownTables() {
        give(relation(1), beginPrepare(5));
        give(MessageBytes.kind('T').int32(1).int8(0).int32(TABLE), prepare('P', 5), commitPrepared(5, 20));
        assertThat(out).containsExactly("R1", "Prepare", "CommitPrepared", "B5@20", "R1", "T1", "C20-21");
    }

    @Test
    void prepared_inChunks() {
        give(start(5, true), relationIn(5, 1), insert(5, "a"), insert(6, "b"), stop(), abort(5, 6));
        give(start(5, false), insert(5, "c"), stop(), prepare('p', 5), commitPrepared(5, 20));
        assertThat(out).containsExactly("Prepare", "CommitPrepared", "B5@20", "R1", "Ia", "Ic", "C20-21");
    }

    @Test
    void prepared_neverSeen_nothingIsReplayed() {
        PgOutputMessage message =
                undecided.accept(ByteBuffer.wrap(commitPrepared(5, 20).toArray()));
        assertThat(message).isInstanceOf(CommitPrepared.class);
        assertThat(undecided.isReplaying()).isFalse();
        give(rollbackPrepared(6));
        assertThat(out).containsExactly("RollbackPrepared");
    }

    @Test
    void message_afterTheFirstChangeOfARolledBackSubtransaction_isGone() {
        give(start(5, true), message(5, "before"), insert(6, "a"), message(5, "in"), stop(), abort(5, 6));
        give(start(5, false), message(5, "after"), stop(), commit(5, 20));
        assertThat(out).containsExactly("B5@20", "Mbefore", "Mafter", "C20-21");
    }

    @Test
    void origin_inAChunk_hasNoXid() {
        give(start(5, true), MessageBytes.kind('O').int64(0).string("there"), stop(), commit(5, 20));
        assertThat(out).containsExactly("B5@20", "Origin", "C20-21");
    }

    @Test
    void frames_outOfPlace() {
        refused(stop(), "The end of a chunk that did not begin");
        refused(prepare('P', 5), "A Prepare without its beginning");
        refused(start(5, false), "without the first one");
        give(start(5, true));
        refused(start(6, true), "begins inside another");
        refused(MessageBytes.kind('B').int64(7).int64(0).int32(5), "does not belong there");
        refused(commit(5, 20), "inside of another");
        refused(MessageBytes.kind('I').int16(0), "too short");
        refused(MessageBytes.kind('?'), "does not belong there");
    }

    private void refused(MessageBytes frame, String complaint) {
        assertThatThrownBy(() -> give(frame))
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PROTOCOL))
                .hasMessageContaining(complaint);
    }

    @Test
    void memory_isBounded_andTheFileHasNoName() throws Exception {
        undecided = new Undecided(8_192, folder);
        int rows = 2_000;
        give(start(5, true), relationIn(5, 1), stop(), start(9, true), relationIn(9, 1), stop());
        for (int i = 0; i < rows; i++) {
            give(start(i % 2 == 0 ? 5 : 9, false), insert(i % 2 == 0 ? 5 : 9, "v" + i), stop());
        }
        give(start(9, false), insert(9, "x".repeat(100_000)), stop());
        assertThat(filesIn(folder)).isEmpty();
        give(commit(5, 20), commit(9, 30));
        List<String> expected = new ArrayList<>(List.of("B5@20", "R1"));
        IntStream.range(0, rows).filter(i -> i % 2 == 0).forEach(i -> expected.add("Iv" + i));
        expected.addAll(List.of("C20-21", "B9@30", "R1"));
        IntStream.range(0, rows).filter(i -> i % 2 == 1).forEach(i -> expected.add("Iv" + i));
        expected.addAll(List.of("I" + "x".repeat(100_000), "C30-31"));
        assertThat(out).isEqualTo(expected);
    }

    private static List<Path> filesIn(Path folder) throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void memory_heldTogether() {
        StoreMemory memory = new StoreMemory(16_384, folder);
        List<FrameStore> stores = List.of(new FrameStore(memory), new FrameStore(memory), new FrameStore(memory));
        byte[] row = new byte[200];
        for (int i = 0; i < 1_000; i++) {
            stores.get(i % 3).add(5, (byte) 'I', row, 0, row.length);
            assertThat(memory.heldBytes()).isLessThanOrEqualTo(16_384);
        }
        stores.forEach(FrameStore::close);
        assertThat(memory.heldBytes()).isZero();
    }

    @Test
    void folder_missing_saysWhatToDo() {
        undecided = new Undecided(8_192, folder.resolve("missing"));
        give(start(5, true), insert(5, "x".repeat(8_000)));
        WalwireException refused =
                catchThrowableOfType(WalwireException.class, () -> give(insert(5, "x".repeat(8_000))));
        assertThat(refused.code()).isEqualTo(ErrorCode.STORAGE);
        assertThat(refused)
                .hasMessageContainingAll(
                        folder.resolve("missing").toString(), "java.io.tmpdir", "walwire.streaming=off", "[STORAGE]");
    }
}
