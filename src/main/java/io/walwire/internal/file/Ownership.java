package io.walwire.internal.file;

import io.walwire.internal.log.Logs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** What stands under a name at one moment: whose it is, and who may write to it. Links are not followed. */
final class Ownership {
    private static final Logger LOG = Logs.of(Ownership.class);
    private static final int OTHERS = 0007;
    private static final int GROUP = 0070;
    private static final int OTHERS_WRITE = 0002;
    private static final int STICKY = 01000;
    private static final int PERMISSIONS = 0777;
    private static final Integer ROOT = 0;

    /** What new files of this process are like, by their folder: file systems differ. */
    private static final Map<Path, Sample> SAMPLES = new ConcurrentHashMap<>();

    private final Path file;
    private final @Nullable BasicFileAttributes attributes;
    private final Map<String, Object> unix;

    private Ownership(Path file, @Nullable BasicFileAttributes attributes, Map<String, Object> unix) {
        this.file = file;
        this.attributes = attributes;
        this.unix = unix;
    }

    /** A new file of this process: what the file system makes of its owner and its permissions. */
    private record Sample(Object uid, boolean keepsPermissions) {}

    static Ownership of(Path file) throws IOException {
        try {
            return new Ownership(
                    file,
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS),
                    unix(file, LinkOption.NOFOLLOW_LINKS));
        } catch (NoSuchFileException e) {
            return new Ownership(file, null, Map.of());
        }
    }

    /** Empty where the file system has no such things. */
    private static Map<String, Object> unix(Path file, LinkOption... options) throws IOException {
        return file.getFileSystem().supportedFileAttributeViews().contains("unix")
                ? Files.readAttributes(file, "unix:uid,mode,nlink", options)
                : Map.of();
    }

    boolean exists() {
        return attributes != null;
    }

    /** Requires that the file belongs to this process's user, and that no other user can have written it. */
    void require() throws IOException {
        requireWrittenByOwner();
        requireSafeFolder();
    }

    /** Takes back what others may do: volumes and backups leave files like that. */
    void keepOthersOut() throws IOException {
        if (!unix.isEmpty() && sample(file).keepsPermissions() && (mode(unix) & (GROUP | OTHERS)) != 0) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            LOG.warn("{} was open to other users; from now on it is its owner's alone", file);
        }
    }

    /** Nobody else can have written it, if its folder is safe. */
    void requireWrittenByOwner() throws IOException {
        BasicFileAttributes there = Objects.requireNonNull(attributes, "attributes");
        if (there.isSymbolicLink()) {
            throw refused("it is a symbolic link, which somebody else may have made. Name the file itself");
        }
        if (!there.isRegularFile()) {
            throw refused("it is not a file");
        }
        if (unix.isEmpty()) {
            return;
        }
        if (((Number) unix.getOrDefault("nlink", 1)).longValue() > 1) {
            throw refused("it has another name, too (a hard link). Remove the other, or name another file");
        }
        Sample own = sample(file);
        if (!own.uid().equals(unix.get("uid"))) {
            throw refused("it belongs to another user (uid " + unix.get("uid") + "; this process makes files as uid "
                    + own.uid() + "). Run as that user, or name another file");
        }
        if (own.keepsPermissions() && (mode(unix) & OTHERS_WRITE) != 0) {
            throw refused("everybody on this machine may write to it. Look whether its content is yours, and run: chmod"
                    + " 600 " + file);
        }
    }

    /** A user who may write to a folder without the sticky bit can replace our file; the folder's owner always can. */
    void requireSafeFolder() throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            return;
        }
        Map<String, Object> above = unix(folder);
        if (above.isEmpty() || (mode(above) & OTHERS_WRITE) == 0) {
            return;
        }
        if ((mode(above) & STICKY) == 0) {
            throw refused(
                    "everybody on this machine may replace files in its folder. Name a file in a folder of your own, or"
                            + " run: chmod o-w " + folder);
        }
        Object owner = above.get("uid");
        if (!ROOT.equals(owner) && !sample(file).uid().equals(owner)) {
            throw refused("its folder, to which everybody on this machine may write, belongs to another user (uid "
                    + owner + "), who may replace files in it. Name a file in a folder of your own");
        }
    }

    /** Still the same file; by its key, where the file system has one. */
    void requireSameAs(Ownership before) throws IOException {
        Object key = attributes == null ? null : attributes.fileKey();
        Object keyBefore = before.attributes == null ? null : before.attributes.fileKey();
        if (attributes == null || !Objects.equals(key, keyBefore)) {
            throw refused("it was replaced by another file while it was opened. Name a file in a folder of your own");
        }
    }

    private static int mode(Map<String, Object> unix) {
        return ((Number) unix.getOrDefault("mode", PERMISSIONS)).intValue();
    }

    private IOException refused(String why) {
        return new IOException(file + " is not taken: " + why);
    }

    private static Sample sample(Path file) throws IOException {
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent(), "folder");
        Sample known = SAMPLES.get(folder);
        if (known == null) {
            known = newSample(folder);
            SAMPLES.put(folder, known);
        }
        return known;
    }

    private static Sample newSample(Path folder) throws IOException {
        Path probe = folder.resolve("walwire-" + UUID.randomUUID() + ".probe");
        try {
            Files.createFile(probe, PrivateFile.forOwnerAlone(probe));
        } catch (IOException readOnlyFolder) {
            // who a process is does not depend on the folder where there is nothing special about it
            Path elsewhere = Files.createTempFile("walwire-", ".probe");
            return take(elsewhere);
        }
        return take(probe);
    }

    private static Sample take(Path probe) throws IOException {
        try {
            Map<String, Object> unix = unix(probe, LinkOption.NOFOLLOW_LINKS);
            return new Sample(
                    Objects.requireNonNull(unix.get("uid"), "uid"), (mode(unix) & PERMISSIONS & (GROUP | OTHERS)) == 0);
        } finally {
            Files.deleteIfExists(probe);
        }
    }
}
