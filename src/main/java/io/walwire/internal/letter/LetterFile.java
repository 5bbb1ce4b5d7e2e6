package io.walwire.internal.letter;

import io.walwire.internal.file.LastLine;
import io.walwire.internal.file.PrivateFile;
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
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** A file of lines that only grows, or is replaced as a whole: a crash leaves at worst a last line without its end. */
final class LetterFile {
    /** Within one JVM a file's lock is an error and not a wait. */
    private static final Map<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

    private final Path path;

    LetterFile(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    /** Private, too: who may open it may hold its lock for ever. */
    private Path beside() {
        return path.resolveSibling(path.getFileName() + ".lock");
    }

    private Path next() {
        return path.resolveSibling(path.getFileName() + ".new");
    }

    /** Makes sure that both files can be written, as far as that can be known before they are, and that they are ours. */
    void check() throws IOException {
        PrivateFile.check(beside());
        requireEmpty(beside());
        PrivateFile.check(path);
        requireLetters(path);
        requireLetters(next());
    }

    /** A file that was named by mistake is not changed. */
    private static void requireLetters(Path file) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            try (FileChannel channel = PrivateFile.read(file)) {
                requireLetters(file, channel);
            }
        }
    }

    /** Its first line, and what stands behind its last whole line. */
    private static void requireLetters(Path file, FileChannel channel) throws IOException {
        long end = LastLine.end(channel);
        if (!LetterLine.canBegin(beginning(channel, 0))
                || !(LetterLine.canBegin(beginning(channel, end)) || end > 0 && isZeroes(beginning(channel, end)))) {
            throw new IOException(
                    file + " is not taken: it holds something other than dead letters. Name another file");
        }
    }

    /** A file system may leave zeroes where a write did not reach the disk. */
    private static boolean isZeroes(String text) {
        return text.chars().allMatch(c -> c == 0);
    }

    private static String beginning(FileChannel channel, long at) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LetterLine.LONGEST_BEGINNING);
        while (bytes.hasRemaining() && channel.read(bytes, at + bytes.position()) > 0) {
            // until there is enough, or no more
        }
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
    }

    /** The lock is on a file that never holds anything. */
    private static void requireEmpty(Path lock) throws IOException {
        if (Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS) && Files.size(lock) > 0) {
            throw new IOException(
                    lock + " is not taken: it is not empty, and so is no lock of Walwire's. Name another file");
        }
    }

    /** What is done while nobody else writes to the file. */
    interface Work<T> {
        T run() throws IOException;
    }

    /** Keeps other threads and processes out, through a lock on a file beside. */
    <T> T exclusively(Work<T> work) throws IOException {
        ReentrantLock lock = LOCKS.computeIfAbsent(path, key -> new ReentrantLock());
        lock.lock();
        try (FileChannel beside = PrivateFile.open(beside())) {
            requireEmpty(beside());
            PrivateFile.keepOthersOut(beside());
            beside.lock();
            return work.run();
        } finally {
            lock.unlock();
        }
    }

    /** Adds whole lines, on the disk when it returns. What a crash left of a line is removed first: nobody knows it as kept. */
    void append(String lines) throws IOException {
        boolean created = Files.notExists(path, LinkOption.NOFOLLOW_LINKS);
        try (FileChannel channel = PrivateFile.open(path)) {
            requireLetters(path, channel);
            PrivateFile.keepOthersOut(path);
            long end = LastLine.end(channel);
            channel.truncate(end);
            write(channel, end, lines);
            channel.force(true);
        }
        if (created) {
            PrivateFile.forceFolder(path.getParent());
        }
    }

    private static void write(FileChannel channel, long at, String lines) throws IOException {
        channel.position(at);
        PrivateFile.writeAll(channel, ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8)));
    }

    /** The lines that are whole now; none if there is no file. */
    BufferedReader read() throws IOException {
        FileChannel channel;
        try {
            channel = PrivateFile.read(path);
        } catch (NoSuchFileException e) {
            return new BufferedReader(Reader.nullReader());
        }
        try {
            InputStream whole = new Beginning(Channels.newInputStream(channel), LastLine.end(channel));
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

    /** Replaces all lines. */
    void replace(Iterator<String> lines) throws IOException {
        Path next = next();
        requireLetters(next);
        Files.deleteIfExists(next);
        try (FileChannel channel = PrivateFile.create(next)) {
            while (lines.hasNext()) {
                write(channel, channel.size(), lines.next() + '\n');
            }
            channel.force(true);
        }
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        PrivateFile.forceFolder(path.getParent());
    }
}
