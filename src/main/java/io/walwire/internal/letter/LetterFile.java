package io.walwire.internal.letter;

import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** A file of lines that only grows, or is replaced as a whole: a crash leaves at worst a last line without its end. */
final class LetterFile {
    /** Within one JVM a file's lock is an error and not a wait. */
    private static final Map<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

    private static final int BLOCK = 1 << 16;

    private final Path path;

    LetterFile(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    /** What is done while nobody else writes to the file. */
    interface Work<T> {
        T run() throws IOException;
    }

    /** Keeps other threads and processes out, through a lock on a file beside. */
    <T> T exclusively(Work<T> work) throws IOException {
        ReentrantLock lock = LOCKS.computeIfAbsent(path, key -> new ReentrantLock());
        lock.lock();
        try (FileChannel beside = FileChannel.open(
                path.resolveSibling(path.getFileName() + ".lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE)) {
            beside.lock();
            return work.run();
        } finally {
            lock.unlock();
        }
    }

    /** Adds whole lines, on the disk when it returns. What a crash left of a line is removed first: nobody was told it was kept. */
    void append(String lines) throws IOException {
        boolean created = create(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long end = endOfLastLine(channel);
            channel.truncate(end);
            write(channel, end, lines);
            channel.force(true);
        }
        if (created) {
            forceFolder();
        }
    }

    private static void write(FileChannel channel, long at, String lines) throws IOException {
        channel.position(at);
        ByteBuffer bytes = ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** The lines that are whole now; none if there is no file. */
    BufferedReader read() throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            return new BufferedReader(Reader.nullReader());
        }
        try {
            InputStream whole = new Beginning(Channels.newInputStream(channel), endOfLastLine(channel));
            return new BufferedReader(new InputStreamReader(whole, StandardCharsets.UTF_8));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** So much of a stream, and then its end. */
    private static final class Beginning extends FilterInputStream {
        private long left;

        Beginning(InputStream in, long length) {
            super(in);
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            if (left == 0) {
                return -1;
            }
            left--;
            return super.read();
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int most = (int) Math.min(left, length);
            int count = most == 0 && length > 0 ? -1 : super.read(into, offset, most);
            left -= Math.max(0, count);
            return count;
        }
    }

    /** Where the last line that is whole ends. */
    private static long endOfLastLine(FileChannel channel) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        for (long end = channel.size(); end > 0; end = Math.max(0, end - BLOCK)) {
            long from = Math.max(0, end - BLOCK);
            block.clear().limit((int) (end - from));
            while (block.hasRemaining() && channel.read(block, from + block.position()) > 0) {
                // until the block is full
            }
            for (int i = block.position() - 1; i >= 0; i--) {
                if (block.get(i) == '\n') {
                    return from + i + 1;
                }
            }
        }
        return 0;
    }

    /** Puts other lines in the place of all. */
    void replace(Iterator<String> lines) throws IOException {
        Path next = path.resolveSibling(path.getFileName() + ".new");
        Files.deleteIfExists(next);
        create(next);
        try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
            while (lines.hasNext()) {
                write(channel, channel.size(), lines.next() + '\n');
            }
            channel.force(true);
        }
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceFolder();
    }

    /** For its owner alone, where the system knows such a thing: it holds values of rows. */
    private static boolean create(Path file) throws IOException {
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] attributes = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        try {
            Files.createFile(file, attributes);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    /** The name of a new file is on the disk when its folder is. Windows needs no such thing and opens no folder. */
    private void forceFolder() throws IOException {
        Path folder = path.getParent();
        if (folder != null && path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
