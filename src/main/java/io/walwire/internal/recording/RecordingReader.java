package io.walwire.internal.recording;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a recording line by line, of any size: what it holds in memory is the line that it reads, and of a long one the
 * frame alone. Can return to a line that it has read.
 */
public final class RecordingReader implements AutoCloseable {
    private static final int WINDOW = 1 << 20;

    private final Path file;
    private final FileChannel channel;
    private final long size;

    /** The part of the file that begins at {@link #windowAt}. */
    private final ByteBuffer window;

    private long windowAt;
    private Place next = new Place(0, 1);

    /**
     * The beginning of a line.
     *
     * @param offset in the file
     * @param line its number, from 1
     */
    public record Place(long offset, long line) {}

    private RecordingReader(Path file, FileChannel channel, int windowBytes) throws IOException {
        this.file = file;
        this.channel = channel;
        this.size = channel.size();
        this.window = ByteBuffer.allocate(windowBytes).limit(0);
    }

    /**
     * Opens a recording. What is written later is not read.
     *
     * @param file the file
     * @return at its first line of a connection
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if it is no recording of this version
     */
    public static RecordingReader open(Path file) throws IOException {
        return open(file, WINDOW);
    }

    static RecordingReader open(Path file, int windowBytes) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            RecordingReader reader = new RecordingReader(file, channel, windowBytes);
            byte[] first = (Recording.FIRST_LINE + '\n').getBytes(StandardCharsets.UTF_8);
            ByteBuffer found = ByteBuffer.allocate(first.length);
            reader.fill(found, 0);
            if (!found.flip().equals(ByteBuffer.wrap(first))) {
                throw new IllegalArgumentException(file
                        + " is not a recording of this version: its first line is not \"" + Recording.FIRST_LINE + '"');
            }
            reader.next = new Place(first.length, 2);
            return reader;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * The place of what is read next.
     *
     * @return to be given to {@link #seek}
     */
    public Place place() {
        return next;
    }

    /**
     * Returns to a place.
     *
     * @param place from {@link #place()}
     */
    public void seek(Place place) {
        next = place;
    }

    /**
     * Reads a line.
     *
     * @return null after the last whole one
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if the line is damaged; the message says which
     */
    public @Nullable Recorded next() throws IOException {
        long from = next.offset();
        long line = next.line();
        CRC32C checksum = new CRC32C();
        long end = findEnd(from, checksum);
        if (end < 0) {
            // without the newline that ends a line, it was not written to its end
            return null;
        }
        next = new Place(end + 1, line + 1);
        try {
            return parse(from, end, checksum);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "Line " + line + " of the recording " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Where the line ends that begins here; -1 if it does not. The checksum is that of its JSON. */
    private long findEnd(long from, CRC32C checksum) throws IOException {
        long json = from + Recording.CHECKSUM_DIGITS + 1;
        for (long at = from; at < size; at = windowAt + window.limit()) {
            if (!show(at)) {
                return -1;
            }
            int first = (int) (at - windowAt);
            int newline = findNewline(first);
            int skipped = (int) Math.min(newline, Math.max(first, json - windowAt));
            checksum.update(window.duplicate().position(skipped).limit(newline));
            if (newline < window.limit()) {
                return windowAt + newline;
            }
        }
        return -1;
    }

    /** Its index in the window; the window's limit if there is none. */
    private int findNewline(int from) {
        byte[] shown = window.array();
        int limit = window.limit();
        int at = from;
        while (at < limit && shown[at] != '\n') {
            at++;
        }
        return at;
    }

    /** Moves the window to a place, unless it shows it; false at the end of the file. */
    private boolean show(long at) throws IOException {
        if (at < windowAt || at >= windowAt + window.limit()) {
            windowAt = at;
            window.clear();
            fill(window, at);
            window.flip();
        }
        return window.hasRemaining();
    }

    private void fill(ByteBuffer into, long at) throws IOException {
        into.limit((int) Math.min(into.capacity(), Math.max(0, size - at)));
        while (into.hasRemaining() && channel.read(into, at + into.position()) > 0) {
            // until it is full
        }
    }

    private Recorded parse(long from, long end, CRC32C checksum) throws IOException {
        long json = from + Recording.CHECKSUM_DIGITS + 1;
        ByteBuffer beginning = ByteBuffer.allocate(Recording.CHECKSUM_DIGITS + 1);
        read(beginning, from);
        if (json >= end || beginning.get(Recording.CHECKSUM_DIGITS) != ' ') {
            throw new IllegalArgumentException("it does not begin with a checksum");
        }
        String expected = new String(beginning.array(), 0, Recording.CHECKSUM_DIGITS, StandardCharsets.US_ASCII);
        if (!expected.equals(Recording.print(checksum))) {
            throw new IllegalArgumentException("it was changed since it was written: its checksum is another");
        }
        long length = end - json;
        if (length > window.capacity()) {
            Recorded.Frame frame = FrameLine.read(new BufferedInputStream(new FilePart(json)), length);
            if (frame != null) {
                return frame;
            }
        }
        ByteBuffer whole = ByteBuffer.allocate(Math.toIntExact(length));
        read(whole, json);
        return RecordingLine.parse(new String(whole.array(), StandardCharsets.UTF_8));
    }

    /** From the window where it shows all of it. */
    private void read(ByteBuffer into, long at) throws IOException {
        if (at >= windowAt && at + into.capacity() <= windowAt + window.limit()) {
            int first = (int) (at - windowAt);
            into.put(window.duplicate().position(first).limit(first + into.capacity()));
        } else {
            fill(into, at);
        }
    }

    /** The file from a place on. */
    private final class FilePart extends InputStream {
        private long at;

        FilePart(long from) {
            at = from;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int count = channel.read(ByteBuffer.wrap(into, offset, length), at);
            at += Math.max(0, count);
            return count;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
