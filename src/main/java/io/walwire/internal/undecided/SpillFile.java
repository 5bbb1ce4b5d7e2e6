package io.walwire.internal.undecided;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.file.PrivateFile;
import io.walwire.internal.log.Logs;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;

/**
 * A file for one transaction that does not fit in memory. On Unix it loses its name as soon as it is open, elsewhere the
 * operating system deletes it with its last handle: however the process ends, nothing of it stays.
 */
final class SpillFile implements AutoCloseable {
    private static final Logger LOG = Logs.of(SpillFile.class);
    private static final int READ_BYTES = 64 * 1024;

    private final Path folder;
    private final FileChannel channel;

    private SpillFile(Path folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
    }

    /** An empty file that only this process's user may read. */
    static SpillFile create(Path folder) {
        Path name = folder.resolve("walwire-" + UUID.randomUUID() + ".spill");
        try {
            return new SpillFile(folder, PrivateFile.create(name, StandardOpenOption.DELETE_ON_CLOSE));
        } catch (IOException e) {
            throw unusable(folder, e);
        }
    }

    /** Writes what the buffers hold behind what the file holds. */
    void append(List<ByteBuffer> buffers) {
        try {
            ByteBuffer[] all = buffers.toArray(ByteBuffer[]::new);
            channel.position(channel.size());
            while (all[all.length - 1].hasRemaining()) {
                channel.write(all);
            }
        } catch (IOException e) {
            throw unusable(folder, e);
        }
    }

    /** Writes all of a buffer at a position. */
    void write(ByteBuffer bytes, long position) {
        try {
            long at = position;
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        } catch (IOException e) {
            throw unusable(folder, e);
        }
    }

    /** Reads from a position on, until the buffer is full or the file ends. */
    void read(ByteBuffer bytes, long position) {
        try {
            long at = position;
            for (int count = 0; count >= 0 && bytes.hasRemaining(); at += count) {
                count = channel.read(bytes, at);
            }
        } catch (IOException e) {
            throw unusable(folder, e);
        }
    }

    /** From the beginning; one reader at a time, and nothing is appended meanwhile. */
    InputStream read() {
        try {
            channel.position(0);
            return new BufferedInputStream(Channels.newInputStream(channel), READ_BYTES);
        } catch (IOException e) {
            throw unusable(folder, e);
        }
    }

    /** What failed, and what to do about it. */
    WalwireException unusable(IOException e) {
        return unusable(folder, e);
    }

    private static WalwireException unusable(Path folder, IOException e) {
        return new WalwireException(
                ErrorCode.STORAGE,
                "A transaction that has not committed yet outgrew its share of walwire.buffer, and cannot be kept in a"
                        + " file in " + folder + ": " + e
                        + ".",
                "Make room there, name another folder with -Djava.io.tmpdir=…, or set"
                        + " walwire.streaming=off, which leaves the keeping to the server. Nothing of the transaction is"
                        + " confirmed; it comes again after a restart.",
                e);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("A file without a name in {} could not be closed; it ends with the process", folder, e);
        }
    }
}
