package io.walwire.internal.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes and opens files that nobody but this process's user may read or write, because they hold values of rows. A file that is
 * there already is taken only if nobody else can have made it, can reach it by another name or can write to it. Where the file
 * system knows neither owners nor permissions, as on Windows, it refuses links alone.
 */
public final class PrivateFile {
    /** Somebody may remove a file between two looks, but not for ever. */
    private static final int ATTEMPTS = 10;

    private PrivateFile() {}

    /**
     * Makes a file.
     *
     * @param file must not exist, not as a link either
     * @param options added to reading and writing
     * @return the open file, empty
     * @throws FileAlreadyExistsException if something has this name
     * @throws IOException if it cannot be made
     */
    public static FileChannel create(Path file, OpenOption... options) throws IOException {
        Set<OpenOption> all = new HashSet<>(List.of(options));
        all.add(StandardOpenOption.CREATE_NEW);
        all.add(StandardOpenOption.READ);
        all.add(StandardOpenOption.WRITE);
        return FileChannel.open(file, all, forOwnerAlone(file));
    }

    static FileAttribute<?>[] forOwnerAlone(Path file) {
        return permissions(file, "rw-------");
    }

    /**
     * Opens a file for reading and writing, and makes it if it is not there. Others may be able to read it; see {@link
     * #keepOthersOut}.
     *
     * @param file the file
     * @return the open file, at its beginning
     * @throws IOException if it cannot be opened, or others can have written it; the message says what to do
     */
    public static FileChannel open(Path file) throws IOException {
        for (int i = 1; ; i++) {
            try {
                Ownership there = Ownership.of(file);
                if (there.exists()) {
                    return existing(file, there);
                }
                there.requireSafeFolder();
                return create(file);
            } catch (FileAlreadyExistsException | NoSuchFileException changedMeanwhile) {
                if (i == ATTEMPTS || parentIsMissing(file)) {
                    throw changedMeanwhile;
                }
            }
        }
    }

    private static boolean parentIsMissing(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        return folder != null && !Ownership.of(folder).exists();
    }

    private static FileChannel existing(Path file, Ownership before) throws IOException {
        before.require();
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        return checked(channel, file, before);
    }

    /**
     * Opens a file that is there for reading.
     *
     * @param file the file
     * @return the open file
     * @throws NoSuchFileException if there is none
     * @throws IOException if it cannot be read, or somebody else may have written it; the message says what to do
     */
    public static FileChannel read(Path file) throws IOException {
        Ownership before = Ownership.of(file);
        if (!before.exists()) {
            throw new NoSuchFileException(file.toString());
        }
        before.requireWrittenByOwner();
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        return checked(channel, file, before);
    }

    /**
     * Writes all of a buffer at the file's position.
     *
     * @param channel open for writing
     * @param bytes none remain
     * @throws IOException if they cannot be written
     */
    public static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /**
     * Makes the names in a folder durable. Windows needs no such thing and opens no folder.
     *
     * @param folder the folder; null does nothing
     * @throws IOException if it cannot be synchronized with the disk
     */
    public static void forceFolder(@Nullable Path folder) throws IOException {
        if (folder != null && isPosix(folder)) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /**
     * What keeps others out of a new file or folder.
     *
     * @param path where it is made
     * @param permissions as {@code rwx------}
     * @return none where the file system knows no permissions
     */
    public static FileAttribute<?>[] permissions(Path path, String permissions) {
        return isPosix(path)
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    private static boolean isPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /**
     * Takes the right to read a file from everybody but its owner. For a file that {@link #open} took and whose content shows
     * that it is what its name says: one that was named by mistake keeps its permissions.
     *
     * @param file the file
     * @throws IOException if its permissions cannot be changed
     */
    public static void keepOthersOut(Path file) throws IOException {
        Ownership.of(file).keepOthersOut();
    }

    /** What was opened is what was looked at: the name stands for the same file before and after. */
    private static FileChannel checked(FileChannel channel, Path file, Ownership before) throws IOException {
        try {
            Ownership.of(file).requireSameAs(before);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Looks whether {@link #open} would take what is there, and whether the folder is one in which a name stays what it is.
     *
     * @param file may be missing
     * @throws IOException if it would not; the message says what to do
     */
    public static void check(Path file) throws IOException {
        Ownership there = Ownership.of(file);
        if (there.exists()) {
            there.require();
        } else {
            there.requireSafeFolder();
        }
    }
}
