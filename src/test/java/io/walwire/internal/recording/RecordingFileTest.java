package io.walwire.internal.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.codec.BinaryForm;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.replication.SlotRequest;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.TableFacts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file of a recording: what is written is read, and what cannot be is said. */
class RecordingFileTest {
    private static final StreamStart START = new StreamStart(
            new SlotRequest("s", true, true, Lsn.parse("0/1"), false, new SlotRequest.Loss(null, "gone"), null),
            new StreamStart.History("7", 2, Lsn.parse("1/0"), "1\t0/5\tno recovery target\n"),
            Lsn.parse("0/2"));
    private static final PgType OWN =
            PgType.of(70_000, "pair", TypeKind.TEXT, BinaryForm.COMPOSITE, List.of(PgType.text(25, "text")));
    private static final TableFacts FACTS =
            new TableFacts(Map.of(70_000, OWN, 70_001, PgType.array(70_001, OWN)), List.of("b", "a"), true, false);

    private static final Relation RELATION = new Relation(
            -5,
            "public",
            "whole",
            ReplicaIdentity.INDEX,
            List.of(new RelationColumn(true, "b", 70_000, -1), new RelationColumn(false, "c", -7, 12)));

    private final Path file;

    RecordingFileTest(@TempDir Path folder) {
        this.file = folder.resolve("recording");
    }

    private static List<Recorded> read(Path file, int window) throws IOException {
        List<Recorded> all = new ArrayList<>();
        try (RecordingReader reader = RecordingReader.open(file, window)) {
            for (Recorded next = reader.next(); next != null; next = reader.next()) {
                all.add(next);
            }
        }
        return all;
    }

    @Test
    void everything_isReadAsItWasWritten() throws IOException {
        try (RecordingWriter writer = Recording.begin(file, "shop", START)) {
            writer.frame(ByteBuffer.wrap(new byte[] {9, 'B', -1, 9}, 1, 2), Lsn.parse("0/3"));
            writer.table(RELATION, FACTS);
            writer.rest(Lsn.parse("0/4"));
            writer.rest(Lsn.parse("0/4"));
        }
        List<Recorded> read = read(file, 1 << 20);
        assertThat(read).hasSize(4);
        assertThat(read.get(0)).isEqualTo(new Recorded.Stream("shop", START));
        assertThat(read.get(1)).isInstanceOfSatisfying(Recorded.Frame.class, frame -> {
            assertThat(frame.bytes()).containsExactly('B', -1);
            assertThat(frame.received()).isEqualTo(Lsn.parse("0/3"));
        });
        assertThat(read.get(2)).isEqualTo(new Recorded.Table(-5, RELATION, FACTS));
        assertThat(read.get(3)).isEqualTo(new Recorded.Position(Lsn.parse("0/4")));
    }

    /** Older builds recorded neither the description nor whether the table is partitioned. */
    @Test
    void tableOfAnOlderBuild_isRead() {
        Recorded.Table written = new Recorded.Table(-5, null, FACTS);
        String line = RecordingLine.of(written);
        assertThat(RecordingLine.parse(line)).isEqualTo(written);
        assertThat(RecordingLine.parse(line.replace("\"partitioned\":false,", "")))
                .isEqualTo(new Recorded.Table(-5, null, new TableFacts(FACTS.types(), List.of("b", "a"), true, true)));
    }

    @Test
    void whatWasRecorded_isReadWhileTheRecordingGoesOn() throws IOException {
        try (RecordingWriter writer = Recording.begin(file, "shop", START)) {
            writer.rest(Lsn.parse("0/4"));
            assertThat(read(file, 1 << 20)).hasSize(2);
        }
    }

    @Test
    void lineThatWasCutShort_isDroppedByTheNextConnection() throws IOException {
        Recording.begin(file, "shop", START).close();
        long whole = Files.size(file);
        Files.writeString(file, Files.readString(file) + "00000000 {\"is\":");
        Recording.begin(file, "shop", START).close();
        assertThat(read(file, 1 << 20)).hasSize(2);
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
        assertThatThrownBy(() -> read(file, 1 << 20)).hasMessageContainingAll("Line 3", "checksum");
        Files.writeString(file, text + "x\n");
        assertThatThrownBy(() -> read(file, 1 << 20)).hasMessageContainingAll("Line 3", "does not begin");
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** Around the pieces in which a frame is written, and beyond what fits into the window in which lines are looked for. */
    @ParameterizedTest
    @ValueSource(ints = {100, 1 << 20})
    void frames_ofAnyLength_areReadThroughAWindowOfAnySize(int window) throws IOException {
        List<byte[]> frames = new ArrayList<>();
        for (int length : new int[] {0, 1, 2, 3, 49_151, 49_152, 49_153, 98_304, 100_000, 16 << 20}) {
            frames.add(bytes(length));
        }
        try (RecordingWriter writer = Recording.begin(file, "shop", START)) {
            frames.forEach(frame -> writer.frame(ByteBuffer.wrap(frame), Lsn.parse("FFFFFFFF/FFFFFFFF")));
            writer.rest(Lsn.parse("0/4"));
        }
        List<Recorded> read = read(file, window);
        assertThat(read).hasSize(frames.size() + 2);
        for (int i = 0; i < frames.size(); i++) {
            Recorded.Frame frame = (Recorded.Frame) read.get(i + 1);
            assertThat(Arrays.equals(frame.bytes(), frames.get(i)))
                    .as("frame %d", i)
                    .isTrue();
            assertThat(frame.received()).isEqualTo(Lsn.parse("FFFFFFFF/FFFFFFFF"));
        }
    }

    @Test
    void longFrame_damagedOrCutShort_isNamedOrLeftOut() throws IOException {
        try (RecordingWriter writer = Recording.begin(file, "shop", START)) {
            writer.frame(ByteBuffer.wrap(bytes(3_000)), Lsn.ZERO);
        }
        byte[] whole = Files.readAllBytes(file);
        byte[] changed = whole.clone();
        changed[whole.length - 1_000] ^= 1;
        Files.write(file, changed);
        assertThatThrownBy(() -> read(file, 100)).hasMessageContainingAll("Line 3", "checksum");
        Files.write(file, Arrays.copyOf(whole, whole.length - 1));
        assertThat(read(file, 100)).hasSize(1);
    }

    /** The file has a hole, so that it takes no room; the line that it makes is damaged, and the next one is not. */
    @Test
    void linesBeyondTwoGigabytes_areRead() throws IOException {
        Recording.begin(file, "shop", START).close();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {'\n'}), Integer.MAX_VALUE + 1_000L);
        }
        Recording.begin(file, "shop", START).close();
        try (RecordingReader reader = RecordingReader.open(file)) {
            assertThat(reader.next()).isEqualTo(new Recorded.Stream("shop", START));
            assertThatThrownBy(reader::next).hasMessageContainingAll("Line 3", "checksum");
            RecordingReader.Place place = reader.place();
            assertThat(place.offset()).isGreaterThan(Integer.MAX_VALUE);
            assertThat(reader.next()).isEqualTo(new Recorded.Stream("shop", START));
            assertThat(reader.next()).isNull();
            reader.seek(place);
            assertThat(reader.next()).isEqualTo(new Recorded.Stream("shop", START));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 19})
    void firstLine_cutShort_isWrittenAgain(int length) throws IOException {
        Files.writeString(file, "walwire-recording 1".substring(0, length));
        Recording.begin(file, "shop", START).close();
        assertThat(read(file, 100)).containsExactly(new Recorded.Stream("shop", START));
    }

    @Test
    void lastLine_ofManyBlocks_isCutOff() throws IOException {
        Recording.begin(file, "shop", START).close();
        Files.writeString(file, "x".repeat(1 << 20), StandardOpenOption.APPEND);
        Recording.begin(file, "shop", START).close();
        assertThat(read(file, 100)).hasSize(2);
        assertThat(Files.size(file)).isLessThan(2_000);
    }

    @Test
    void diskThatIsFullForAMoment_leavesNoDamagedLine() throws IOException {
        AtomicInteger calls = new AtomicInteger();
        ByteArrayOutputStream disk = new ByteArrayOutputStream();
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Bytes come in blocks");
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (calls.incrementAndGet() == 1) {
                    disk.write(bytes, offset, length / 2);
                    throw new IOException("No space left on device");
                }
                disk.write(bytes, offset, length);
            }
        };
        try (RecordingWriter writer = new RecordingWriter(file, full)) {
            writer.frame(ByteBuffer.wrap(bytes(100_000)), Lsn.ZERO);
            writer.rest(Lsn.parse("0/1"));
        }
        Recording.begin(file, "shop", START).close();
        Files.write(file, disk.toByteArray(), StandardOpenOption.APPEND);
        Recording.begin(file, "shop", START).close();
        assertThat(read(file, 100)).hasSize(2);
    }

    @Test
    void link_isRefused() throws IOException {
        Path target = file.resolveSibling("target");
        Recording.begin(target, "shop", START).close();
        byte[] before = Files.readAllBytes(target);
        Files.createSymbolicLink(file, target);
        assertThatThrownBy(() -> Recording.begin(file, "shop", START))
                .isInstanceOf(WalwireException.class)
                .hasMessageContainingAll("walwire.record", "symbolic link");
        assertThat(target).hasBinaryContent(before);
    }

    @Test
    void lineThatTheMemoryIsTooSmallFor_endsTheRecording_andNothingElse() throws IOException {
        byte[] before;
        try (RecordingWriter writer = Recording.begin(file, "shop", START)) {
            writer.rest(Lsn.parse("0/4"));
            before = Files.readAllBytes(file);
            writer.write(() -> {
                throw new OutOfMemoryError("Java heap space");
            });
            writer.rest(Lsn.parse("0/5"));
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }
}
