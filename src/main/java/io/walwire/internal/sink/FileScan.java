package io.walwire.internal.sink;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file from its beginning and finds its last whole group. What follows that was never reported as stored, so that it may be cut
 * off. A damaged group with a whole one behind it was stored once, and is an error.
 */
final class FileScan {
    private static final int BLOCK = 1 << 16;
    private static final byte[] OWN = GroupLine.PREFIX.getBytes(StandardCharsets.US_ASCII);

    private final Path file;

    /** The beginning of the line that is being read: enough to know what it is, and all of it where it is Walwire's own. */
    private final byte[] line = new byte[GroupLine.MAX_BYTES];

    private int lineLength;

    private final CRC32C checksum = new CRC32C();
    private long lines;
    private long events;
    private long offset;
    private @Nullable String damage;

    private @Nullable GroupLine first;
    private @Nullable String position;

    /** Where the last whole group begins and ends. */
    private long begin;

    private long end;

    private FileScan(Path file) {
        this.file = file;
    }

    /**
     * What a file holds.
     *
     * @param database that its events come from, escaped for JSON
     * @param position where its last whole group ends, or where the file begins; null if no group was stored yet
     * @param lastGroup where its last whole group begins; 0 if it has none
     * @param end how many bytes of it are whole
     */
    record Found(String database, @Nullable String position, long lastGroup, long end) {}

    /**
     * Reads a file.
     *
     * @throws IOException if it is damaged or no file of a sink, or cannot be read
     */
    static Found of(Path file, FileChannel channel) throws IOException {
        FileScan scan = new FileScan(file);
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        while (fill(block.clear(), channel, scan.offset)) {
            scan.accept(block.array(), block.position());
        }
        GroupLine header = scan.first;
        if (header == null) {
            throw scan.foreign();
        }
        return new Found(String.valueOf(header.database()), scan.position, scan.begin, scan.end);
    }

    /** Reads a whole block, unless the file ends before. */
    private static boolean fill(ByteBuffer block, FileChannel channel, long from) throws IOException {
        while (block.hasRemaining() && channel.read(block, from + block.position()) > 0) {
            // until the block is full
        }
        return block.position() > 0;
    }

    private IOException foreign() {
        return new IOException(file + " is no file of a sink of Walwire. Name another directory");
    }

    private void accept(byte[] block, int length) throws IOException {
        int from = 0;
        for (int i = 0; i < length; i++) {
            if (block[i] == '\n') {
                int bytes = i + 1 - from;
                take(block, from, bytes - 1);
                offset += bytes;
                endLine(block, from, bytes);
                from = i + 1;
            }
        }
        int left = length - from;
        if (from > 0 && left < OWN.length) {
            return; // read again with the block that follows, where it shows what line it is
        }
        take(block, from, left);
        if (!isOwn()) {
            checksum.update(block, from, left);
        }
        offset += left;
    }

    private void take(byte[] block, int from, int length) {
        int taken = Math.min(length, line.length - lineLength);
        System.arraycopy(block, from, line, lineLength, taken);
        lineLength += taken;
    }

    private boolean isOwn() {
        return lineLength >= OWN.length && Arrays.equals(line, 0, OWN.length, OWN, 0, OWN.length);
    }

    private void endLine(byte[] block, int from, int length) throws IOException {
        lines++;
        if (isOwn()) {
            own(GroupLine.parse(new String(line, 0, lineLength, StandardCharsets.UTF_8)));
        } else if (lines == 1) {
            throw foreign();
        } else {
            checksum.update(block, from, length);
            events++;
        }
        lineLength = 0;
    }

    private void own(@Nullable GroupLine own) throws IOException {
        if (lines == 1) {
            if (own == null || own.database() == null) {
                throw damaged("its first line is damaged, or was written by a later version");
            }
            first = own;
            position = own.position();
            end = offset;
        } else if (own == null || !isWhole(own)) {
            damage = damage == null ? "the group that ends in line " + lines + " is not what was written" : damage;
        } else if (damage != null) {
            throw damaged(damage);
        } else {
            position = own.position();
            begin = end;
            end = offset;
        }
        events = 0;
        checksum.reset();
    }

    private boolean isWhole(GroupLine own) {
        checksum.update(GroupLine.bytes(String.valueOf(own.position())));
        return own.events() == events && own.checksum() == checksum.getValue();
    }

    private IOException damaged(String how) {
        return new IOException(file + " is damaged: " + how
                + ". Restore the directory from a backup, or name an empty one; then a gap event may come");
    }
}
