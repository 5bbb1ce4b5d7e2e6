package io.walwire.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.pgoutput.PgOutput;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.recording.Recording;
import io.walwire.internal.recording.RecordingWriter;
import io.walwire.internal.replication.SlotRequest;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.ReadBy;
import io.walwire.internal.transaction.ReadRows;
import io.walwire.internal.transaction.TableFacts;
import io.walwire.testing.Recorder;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stream was held, for a table without a key, before a transaction that was sent in pieces. */
class RecordedHoldTest {
    private static final int OID = 16_400;
    private static final int XID = 700;
    private static final Lsn BEGIN = Lsn.parse("0/1000");
    private static final Lsn SNAPSHOT = Lsn.parse("0/2000");
    private static final Lsn COMMIT = Lsn.parse("0/3000");
    private static final Lsn END = Lsn.parse("0/3030");
    private static final StreamStart START = new StreamStart(
            new SlotRequest("mirror", false, false, BEGIN, false, null, null),
            new StreamStart.History("7", 1, BEGIN, ""),
            BEGIN);
    private static final Relation LOG = new Relation(
            OID, "public", "log", ReplicaIdentity.NOTHING, List.of(new RelationColumn(false, "note", 25, -1)));
    private static final TableFacts FACTS =
            new TableFacts(Map.of(25, PgType.scalar(25, "text", TypeKind.TEXT)), List.of(), false, false);

    @TempDir
    Path folder = Path.of("");

    /** What is in a transaction that is still in progress has its xid. */
    private static byte[] described() {
        return new FrameWriter('R')
                .int32(XID)
                .int32(OID)
                .string("public")
                .string("log")
                .int8('n')
                .int16(1)
                .int8(0)
                .string("note")
                .int32(25)
                .int32(-1)
                .toBytes();
    }

    private static FrameWriter tuple(FrameWriter writer, String note) {
        return writer.int32(OID).int8('N').int16(1).int8('t').counted(note.getBytes(UTF_8));
    }

    private static ReadRows read(String note) {
        byte[] insert = tuple(new FrameWriter('I'), note).toBytes();
        return new ReadRows(
                new ReadBy("run", "first", null),
                SNAPSHOT,
                Instant.EPOCH,
                LOG,
                FACTS,
                List.of(((Insert) PgOutput.decode(insert, 0, insert.length)).newRow()),
                0);
    }

    private static void frame(RecordingWriter writer, byte[] bytes, Lsn received) {
        writer.frame(ByteBuffer.wrap(bytes), received);
    }

    @Test
    void rows_comeBeforeTheTransactionThatTheStreamWasHeldFor() {
        Path recording = folder.resolve("recording");
        try (RecordingWriter writer = Recording.begin(recording, "shop", START)) {
            frame(writer, new FrameWriter('S').int32(XID).int8(1).toBytes(), SNAPSHOT);
            writer.table(LOG, FACTS);
            frame(writer, described(), SNAPSHOT);
            frame(writer, tuple(new FrameWriter('I').int32(XID), "new").toBytes(), SNAPSHOT);
            frame(writer, new FrameWriter('E').toBytes(), SNAPSHOT);
            byte[] commit = new FrameWriter('c')
                    .int32(XID)
                    .int8(0)
                    .int64(COMMIT.value())
                    .int64(END.value())
                    .timestamp(Instant.EPOCH)
                    .toBytes();
            frame(writer, commit, END);
            writer.rows(read("first"));
            writer.rows(read("second"));
            writer.rest(END);
        }

        Recorder<String> events = new Recorder<>();
        try (WalwireKit kit = WalwireKit.builder()
                .replay(recording)
                .handler(on -> on.table("log")
                        .onRead(event -> events.add("read " + event.row().getString("note")))
                        .onInsert(event -> events.add("insert " + event.row().getString("note"))))
                .start()) {
            kit.awaitHandled();
            assertThat(events.all()).containsExactly("read first", "read second", "insert new");
        }
    }
}
