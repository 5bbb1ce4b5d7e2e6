package io.walwire.internal.recording;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.replication.StreamStart;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The file: a first line that names format and version, then lines of {@link RecordingLine}, each after its CRC-32C and a blank.
 * Only ever appended to, by one connection after another. A last line that is cut short counts as not written.
 */
public final class Recording {
    private static final String FIRST_LINE = "walwire-recording 1";
    private static final int CHECKSUM_DIGITS = 8;

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
            RecordingWriter writer =
                    new RecordingWriter(file, new BufferedOutputStream(Channels.newOutputStream(open(file)), 1 << 16));
            writer.write(new Recorded.Stream(database, start));
            return writer;
        } catch (IOException | OverlappingFileLockException e) {
            throw new WalwireException(
                    ErrorCode.STORAGE,
                    "The recording " + file.toAbsolutePath() + " (walwire.record) cannot be written: " + e
                            + ". Name another file, or take the setting back. [STORAGE]",
                    e);
        }
    }

    /** Row values are in it, so that nobody else may read it. */
    private static FileChannel open(Path file) throws IOException {
        if (!Files.exists(file)) {
            if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            } else {
                Files.createFile(file);
            }
        }
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() == null) {
                throw new IOException("another process writes to it");
            }
            return toEnd(file, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static FileChannel toEnd(Path file, FileChannel channel) throws IOException {
        byte[] first = (FIRST_LINE + '\n').getBytes(StandardCharsets.UTF_8);
        if (channel.size() == 0) {
            channel.write(ByteBuffer.wrap(first));
            return channel;
        }
        ByteBuffer found = ByteBuffer.allocate(first.length);
        channel.read(found, 0);
        if (!ByteBuffer.wrap(first).equals(found.flip())) {
            throw new IOException(file + " is there, and is not a recording of this version");
        }
        // what a killed process wrote last may be half a line
        long end = channel.size();
        ByteBuffer last = ByteBuffer.allocate(1);
        while (end > first.length) {
            channel.read(last.clear(), end - 1);
            if (last.get(0) == '\n') {
                break;
            }
            end--;
        }
        channel.truncate(end).position(end);
        return channel;
    }

    static byte[] line(Recorded recorded) {
        byte[] json = RecordingLine.of(recorded).getBytes(StandardCharsets.UTF_8);
        byte[] checksum = checksum(json).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer line = ByteBuffer.allocate(checksum.length + json.length + 2);
        line.put(checksum).put((byte) ' ').put(json).put((byte) '\n');
        return line.array();
    }

    private static String checksum(byte[] json) {
        CRC32C crc = new CRC32C();
        crc.update(json, 0, json.length);
        String digits = Long.toHexString(crc.getValue());
        return "0".repeat(CHECKSUM_DIGITS - digits.length()) + digits;
    }

    /**
     * Reads a recording.
     *
     * @param file the file
     * @return everything that was recorded, in order
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if it is no recording, or is damaged; the message says where
     */
    public static List<Recorded> read(Path file) throws IOException {
        String text = Files.readString(file);
        // without the newline that ends a line, it was not written to its end
        String whole = text.substring(0, text.lastIndexOf('\n') + 1);
        List<String> lines = whole.lines().toList();
        if (lines.isEmpty() || !lines.get(0).equals(FIRST_LINE)) {
            throw new IllegalArgumentException(
                    file + " is not a recording of this version: its first line is not \"" + FIRST_LINE + '"');
        }
        List<Recorded> recorded = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            try {
                recorded.add(parse(lines.get(i)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "Line " + (i + 1) + " of the recording " + file + " cannot be read: " + e.getMessage(), e);
            }
        }
        if (recorded.isEmpty() || !(recorded.get(0) instanceof Recorded.Stream)) {
            throw new IllegalArgumentException("The recording " + file + " holds no connection");
        }
        return recorded;
    }

    private static Recorded parse(String line) {
        if (line.length() <= CHECKSUM_DIGITS || line.charAt(CHECKSUM_DIGITS) != ' ') {
            throw new IllegalArgumentException("it does not begin with a checksum");
        }
        String json = line.substring(CHECKSUM_DIGITS + 1);
        if (!line.startsWith(checksum(json.getBytes(StandardCharsets.UTF_8)))) {
            throw new IllegalArgumentException("it was changed since it was written: its checksum is another");
        }
        return RecordingLine.parse(json);
    }
}
