package io.walwire.internal.recording;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.file.FileErrors;
import io.walwire.internal.file.LastLine;
import io.walwire.internal.file.PrivateFile;
import io.walwire.internal.replication.StreamStart;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The file: a first line that names format and version, then lines of {@link RecordingLine}, each after its CRC-32C and a blank.
 * Only ever appended to, by one connection after another. A last line that is cut short counts as not written.
 */
public final class Recording {
    static final String FIRST_LINE = "walwire-recording 1";
    static final int CHECKSUM_DIGITS = 8;

    private Recording() {}

    /**
     * Begins to record a connection.
     *
     * @param file where; null to record nothing
     * @param database the database's name
     * @param start where the connection began
     * @return what takes the rest
     * @throws WalwireException if the file cannot be written, or is no recording
     */
    public static RecordingWriter begin(@Nullable Path file, String database, StreamStart start) {
        if (file == null) {
            return RecordingWriter.NONE;
        }
        try {
            RecordingWriter writer = new RecordingWriter(file, Channels.newOutputStream(open(file)));
            writer.write(() -> new Recorded.Stream(database, start));
            return writer;
        } catch (IOException | OverlappingFileLockException e) {
            throw new WalwireException(
                    ErrorCode.STORAGE,
                    "The recording " + file.toAbsolutePath() + " (walwire.record) cannot be written: "
                            + FileErrors.said(e)
                            + ".",
                    "Name another file, or take the setting back.",
                    e);
        }
    }

    private static FileChannel open(Path file) throws IOException {
        FileChannel channel = PrivateFile.open(file);
        try {
            if (channel.tryLock() == null) {
                throw new IOException("another process writes to it");
            }
            toEnd(file, channel);
            PrivateFile.keepOthersOut(file);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static void toEnd(Path file, FileChannel channel) throws IOException {
        byte[] first = (FIRST_LINE + '\n').getBytes(StandardCharsets.UTF_8);
        ByteBuffer found = ByteBuffer.allocate(first.length);
        channel.read(found, 0);
        found.flip();
        if (!ByteBuffer.wrap(first, 0, found.limit()).equals(found)) {
            throw new IOException(file + " is there, and is not a recording of this version");
        }
        // what a killed process wrote last may be half a line, the first one too
        long end = LastLine.end(channel);
        channel.truncate(end).position(end);
        if (end == 0) {
            Channels.newOutputStream(channel).write(first);
        }
    }

    /** Writes one line. */
    static void write(Recorded recorded, OutputStream out) throws IOException {
        if (recorded instanceof Recorded.Frame frame) {
            FrameLine.write(frame, out);
            return;
        }
        byte[] json = RecordingLine.of(recorded).getBytes(StandardCharsets.UTF_8);
        CRC32C checksum = new CRC32C();
        checksum.update(json);
        out.write(print(checksum).getBytes(StandardCharsets.US_ASCII));
        out.write(' ');
        out.write(json);
        out.write('\n');
    }

    static String print(CRC32C checksum) {
        String digits = Long.toHexString(checksum.getValue());
        return "0".repeat(CHECKSUM_DIGITS - digits.length()) + digits;
    }
}
