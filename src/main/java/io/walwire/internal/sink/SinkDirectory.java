package io.walwire.internal.sink;

import io.walwire.internal.file.PrivateFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A directory of numbered files, which one sink at a time writes. */
final class SinkDirectory implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("walwire-(\\d{12})\\.jsonl");

    private static final int BLOCK = 1 << 16;

    /** Within one JVM, closing another channel of a locked file frees the lock. So the file is not opened twice. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel lock;

    private SinkDirectory(Path directory, FileChannel lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /**
     * Keeps others out of a directory, and makes it if it is missing.
     *
     * @throws IOException if another sink writes to it, or it cannot be written
     */
    static SinkDirectory hold(Path path) throws IOException {
        make(path);
        Path directory = path.toRealPath();
        if (!HELD.add(directory)) {
            throw new IOException(
                    path + " is in use: another sink of this process writes to it. Name another directory");
        }
        FileChannel lock = null;
        try {
            lock = PrivateFile.open(directory.resolve("walwire.lock"));
            if (lock.tryLock() == null) {
                throw new IOException(
                        path + " is in use: another process writes to it. Stop that one, or name another directory");
            }
            return new SinkDirectory(directory, lock);
        } catch (IOException | RuntimeException e) {
            if (lock != null) {
                lock.close();
            }
            HELD.remove(directory);
            throw e;
        }
    }

    private static void make(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return;
        }
        try {
            Files.createDirectory(path, PrivateFile.permissions(path, "rwx------"));
            PrivateFile.forceFolder(path.toAbsolutePath().getParent());
        } catch (FileAlreadyExistsException e) {
            throw new IOException(path + " is a file, not a directory. Name a directory", e);
        }
    }

    Path file(long number) {
        return directory.resolve(String.format(Locale.ROOT, "walwire-%012d.jsonl", number));
    }

    /** The number of the last file; 0 if there is none. */
    long last() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> NAME.matcher(file.getFileName().toString()))
                    .filter(Matcher::matches)
                    .mapToLong(name -> Long.parseLong(name.group(1)))
                    .max()
                    .orElse(0);
        }
    }

    /**
     * Creates a file that has a first line as soon as it has its name.
     *
     * @return the file, at its end
     */
    FileChannel create(long number, String firstLine) throws IOException {
        Path file = file(number);
        Path unnamed = directory.resolve(file.getFileName() + ".new");
        PrivateFile.check(unnamed);
        Files.deleteIfExists(unnamed);
        FileChannel channel = PrivateFile.create(unnamed);
        try {
            PrivateFile.writeAll(channel, ByteBuffer.wrap(GroupLine.bytes(firstLine)));
            channel.force(true);
            Files.move(unnamed, file, StandardCopyOption.ATOMIC_MOVE);
            force();
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Writes what is there once more. After an fsync that failed, an operating system may show what is not on the disk, and the
     * next fsync of it succeeds although it writes nothing.
     *
     * @param from where it begins
     * @param to where it ends
     */
    static void rewrite(FileChannel channel, long from, long to) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        for (long at = from; at < to; at += block.limit()) {
            block.clear().limit((int) Math.min(BLOCK, to - at));
            while (block.hasRemaining()) {
                if (channel.read(block, at + block.position()) < 0) {
                    throw new EOFException("The file became shorter while it was read");
                }
            }
            block.flip();
            while (block.hasRemaining()) {
                channel.write(block, at + block.position());
            }
        }
    }

    /** Makes the names of its files durable. */
    void force() throws IOException {
        PrivateFile.forceFolder(directory);
    }

    @Override
    public void close() throws IOException {
        try {
            lock.close();
        } finally {
            HELD.remove(directory);
        }
    }
}
