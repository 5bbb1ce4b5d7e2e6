package io.walwire.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * A folder for the servers of this JVM alone. A lock beside it, which ends with the JVM, says that it is in use. What killed JVMs left
 * is removed, running servers included.
 */
final class OwnFolder {
    private static final String LOCK = ".lock";

    /** The locks last as long as their channels, and the channels as long as they can be reached. */
    private static final List<FileChannel> HELD = new CopyOnWriteArrayList<>();

    private OwnFolder() {}

    /**
     * Creates one, after removing those of JVMs that have ended.
     *
     * @param parent where
     * @return an empty folder, which goes with this JVM if it is empty then
     */
    static Path in(Path parent) {
        Path folder = parent.resolve("jvm-" + UUID.randomUUID());
        Path lock = lockOf(folder);
        try {
            Files.createDirectories(parent);
            removeAbandoned(parent);
            FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            HELD.add(channel);
            if (channel.tryLock() == null) {
                throw new IOException("No lock on the new file " + lock);
            }
            Files.createDirectory(folder); // after its lock, so that no other JVM finds it without
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (folder.toFile().delete()) {
                lock.toFile().delete();
            }
        }));
        return folder;
    }

    private static Path lockOf(Path folder) {
        return folder.resolveSibling(folder.getFileName() + LOCK);
    }

    private static void removeAbandoned(Path parent) throws IOException {
        List<Path> folders;
        try (Stream<Path> children = Files.list(parent)) {
            folders = children.filter(child -> Files.exists(lockOf(child))).toList();
        }
        for (Path folder : folders) {
            try (FileChannel channel = FileChannel.open(lockOf(folder), StandardOpenOption.WRITE);
                    FileLock lock = channel.tryLock()) {
                if (lock != null) {
                    killServers(folder);
                    DataDirectory.delete(folder);
                    Files.deleteIfExists(lockOf(folder));
                }
            } catch (NoSuchFileException e) {
                // its own JVM, or another one that starts, has just removed it
            }
        }
    }

    private static void killServers(Path folder) throws IOException {
        List<Path> servers;
        try (Stream<Path> children = Files.list(folder)) {
            servers = children.filter(child -> Files.exists(child.resolve("postmaster.pid")))
                    .toList();
        }
        for (Path server : servers) {
            long pid = Long.parseLong(
                    Files.readAllLines(server.resolve("postmaster.pid")).get(0).strip());
            ProcessHandle.of(pid)
                    .filter(process -> process.info().command().orElse("").endsWith("postgres"))
                    .ifPresent(process -> {
                        process.destroyForcibly();
                        process.onExit().join();
                    });
        }
    }
}
