package io.walwire.internal.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.codec.BinaryForm;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.replication.SlotRequest;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.TableFacts;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of a recording: what is written is read, and what cannot be is said. */
class RecordingFileTest {
    private static final StreamStart START = new StreamStart(
            new SlotRequest("s", true, true, Lsn.parse("0/1"), false, new SlotRequest.Loss(null, "gone"), null),
            new StreamStart.History("7", 2, Lsn.parse("1/0"), "1\t0/5\tno recovery target\n"),
            Lsn.parse("0/2"));
    private static final PgType OWN =
            PgType.of(70_000, "pair", TypeKind.TEXT, BinaryForm.COMPOSITE, List.of(PgType.text(25, "text")));
    private static final TableFacts FACTS =
            new TableFacts(Map.of(70_000, OWN, 70_001, PgType.array(70_001, OWN)), List.of("b", "a"), true);

    private final Path file;

    RecordingFileTest(@TempDir Path folder) {
        this.file = folder.resolve("recording");
    }

    @Test
    void everything_isReadAsItWasWritten() throws IOException {
        try (RecordingWriter writer = Recording.begin(file, "shop", START)) {
            writer.frame(ByteBuffer.wrap(new byte[] {9, 'B', -1, 9}, 1, 2), Lsn.parse("0/3"));
            writer.table(-5, FACTS);
            writer.rest(Lsn.parse("0/4"));
            writer.rest(Lsn.parse("0/4"));
        }
        List<Recorded> read = Recording.read(file);
        assertThat(read).hasSize(4);
        assertThat(read.get(0)).isEqualTo(new Recorded.Stream("shop", START));
        assertThat(read.get(1)).isInstanceOfSatisfying(Recorded.Frame.class, frame -> {
            assertThat(frame.bytes()).containsExactly('B', -1);
            assertThat(frame.received()).isEqualTo(Lsn.parse("0/3"));
        });
        assertThat(read.get(2)).isEqualTo(new Recorded.Table(-5, FACTS));
        assertThat(read.get(3)).isEqualTo(new Recorded.Position(Lsn.parse("0/4")));
    }

    @Test
    void whatWasRecorded_isReadWhileTheRecordingGoesOn() throws IOException {
        try (RecordingWriter writer = Recording.begin(file, "shop", START)) {
            writer.rest(Lsn.parse("0/4"));
            assertThat(Recording.read(file)).hasSize(2);
        }
    }

    @Test
    void lineThatWasCutShort_isDroppedByTheNextConnection() throws IOException {
        Recording.begin(file, "shop", START).close();
        long whole = Files.size(file);
        Files.writeString(file, Files.readString(file) + "00000000 {\"is\":");
        Recording.begin(file, "shop", START).close();
        assertThat(Recording.read(file)).hasSize(2);
        assertThat(Files.size(file)).isGreaterThan(whole);
    }

    @Test
    void twoAtOnce_areRefused() {
        try (RecordingWriter writer = Recording.begin(file, "shop", START)) {
            assertThatThrownBy(() -> Recording.begin(file, "shop", START))
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContaining("walwire.record");
            writer.rest(Lsn.parse("0/4"));
        }
    }

    @Test
    void folderThatIsNotThere_isNamed() {
        Path nowhere = file.resolve("nowhere");
        assertThatThrownBy(() -> Recording.begin(nowhere, "shop", START))
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining(nowhere.toString());
    }

    @Test
    void fullDisk_endsTheRecordingAlone() {
        AtomicInteger attempts = new AtomicInteger();
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                attempts.incrementAndGet();
                throw new IOException("No space left on device");
            }
        };
        try (RecordingWriter writer = new RecordingWriter(file, full)) {
            assertThatCode(() -> {
                        writer.frame(ByteBuffer.wrap(new byte[] {'B'}), Lsn.ZERO);
                        writer.frame(ByteBuffer.wrap(new byte[] {'C'}), Lsn.ZERO);
                        writer.rest(Lsn.parse("0/1"));
                    })
                    .doesNotThrowAnyException();
        }
        assertThat(attempts).hasValue(1);
    }

    @Test
    void damagedLine_isNamed() throws IOException {
        Recording.begin(file, "shop", START).close();
        String text = Files.readString(file);
        Files.writeString(
                file, text + text.lines().skip(1).findFirst().orElseThrow().substring(0, 9) + "{}\n");
        assertThatThrownBy(() -> Recording.read(file)).hasMessageContainingAll("Line 3", "checksum");
        Files.writeString(file, text + "x\n");
        assertThatThrownBy(() -> Recording.read(file)).hasMessageContainingAll("Line 3", "does not begin");
    }
}
