package io.walwire.internal.sink;

import io.walwire.internal.file.FileErrors;
import io.walwire.internal.file.PrivateFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Groups of lines in numbered files. A file begins with the position where the one before it ended, and each group ends with its
 * position. A crash leaves at worst an incomplete group at the end of the last file.
 */
public final class GroupFiles implements AutoCloseable {
    private static final int BUFFER = 1 << 16;

    private final SinkDirectory directory;
    private final long maxFileBytes;
    private final String database;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    private final CRC32C checksum = new CRC32C();
    private long number;
    private @Nullable FileChannel channel;

    /** Of the current file, with what is in the buffer. */
    private long size;

    private long events;
    private @Nullable String position;

    private GroupFiles(SinkDirectory directory, String database, long maxFileBytes) {
        this.directory = directory;
        this.database = database;
        this.maxFileBytes = maxFileBytes;
    }

    /**
     * Opens a directory for writing behind its last whole group. What stands behind that is cut off.
     *
     * @param path the directory, made if it is missing
     * @param database that the events come from
     * @param maxFileBytes a file that is longer is not continued
     * @return the open files
     * @throws IOException if the directory cannot be written, is in use or damaged, or holds another database's events
     */
    public static GroupFiles open(Path path, String database, long maxFileBytes) throws IOException {
        SinkDirectory held;
        try {
            held = SinkDirectory.hold(path);
        } catch (IOException e) {
            throw explained(e);
        }
        GroupFiles files = new GroupFiles(held, database, maxFileBytes);
        try {
            files.resume();
            return files;
        } catch (IOException e) {
            files.close();
            throw explained(e);
        } catch (RuntimeException e) {
            files.close();
            throw e;
        }
    }

    private static IOException explained(IOException e) {
        return new IOException(FileErrors.said(e), e);
    }

    private void resume() throws IOException {
        number = directory.last();
        if (number == 0) {
            return;
        }
        Path file = directory.file(number);
        FileChannel last = PrivateFile.open(file);
        channel = last;
        FileScan.Found found = FileScan.of(file, last);
        PrivateFile.keepOthersOut(file);
        resume(file, last, found);
    }

    private void resume(Path file, FileChannel last, FileScan.Found found) throws IOException {
        String own = GroupLine.file(database, null).database();
        if (!found.database().equals(own)) {
            throw new IOException(file + " holds events of the database \"" + found.database() + "\", not of \"" + own
                    + "\". Name a directory of its own for each database");
        }
        last.truncate(found.end());
        SinkDirectory.rewrite(last, found.lastGroup(), found.end());
        last.force(true);
        directory.force();
        last.position(found.end());
        size = found.end();
        position = found.position();
    }

    /** Where the last group ends that is stored; null if none is. */
    public @Nullable String position() {
        return position;
    }

    /**
     * Adds a line to the group.
     *
     * @param line without its end, on one line
     * @throws IOException if it cannot be written
     */
    public void add(String line) throws IOException {
        try {
            byte[] bytes = GroupLine.bytes(line + '\n');
            FileChannel current = ready();
            checksum.update(bytes);
            write(current, bytes);
            events++;
        } catch (IOException e) {
            throw explained(e);
        }
    }

    /**
     * Ends the group. It is on the disk when this returns.
     *
     * @param at where it ends: text without quotes and backslashes
     * @throws IOException if it cannot be written
     */
    public void endGroup(String at) throws IOException {
        try {
            FileChannel current = ready();
            checksum.update(GroupLine.bytes(at));
            write(current, GroupLine.bytes(GroupLine.group(events, checksum.getValue(), at) + "\n"));
            drain(current);
            current.force(false);
            position = at;
            events = 0;
            checksum.reset();
        } catch (IOException e) {
            throw explained(e);
        }
    }

    /** The current file, or the next one between two groups. */
    private FileChannel ready() throws IOException {
        FileChannel current = channel;
        if (current != null && (events > 0 || size < maxFileBytes)) {
            return current;
        }
        if (current != null) {
            current.close();
            channel = null;
        }
        FileChannel next = directory.create(number + 1, GroupLine.file(database, position) + "\n");
        channel = next;
        number++;
        size = next.position();
        return next;
    }

    private void write(FileChannel current, byte[] bytes) throws IOException {
        size += bytes.length;
        if (bytes.length > buffer.remaining()) {
            drain(current);
        }
        if (bytes.length > buffer.remaining()) {
            PrivateFile.writeAll(current, ByteBuffer.wrap(bytes));
        } else {
            buffer.put(bytes);
        }
    }

    private void drain(FileChannel current) throws IOException {
        PrivateFile.writeAll(current, buffer.flip());
        buffer.clear();
    }

    /** Lets others in. What was added to a group that did not end is dropped when the directory is opened again. */
    @Override
    public void close() throws IOException {
        try (directory) {
            if (channel != null) {
                channel.close();
            }
        }
    }
}
