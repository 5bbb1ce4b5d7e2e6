package io.walwire.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * What initdb makes of a version, kept beside that version's binaries: a copy takes a tenth of initdb's processor time. Each copy gets
 * a system identifier of its own, as if initdb had made it.
 *
 * @param kept where it is, or will be
 */
record InitializedData(Path kept) {
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    /** After two numbers, the timeline, the position and the length of what continues here, aligned. */
    private static final int IDENTIFIER_IN_SEGMENT = 24;

    private static final int LEAST_CONTROL_BYTES = 200;

    /** That of a version's jar; another one for another jar in the same place. */
    static InitializedData of(Path jar) throws IOException {
        String name = jar.getFileName() + "-data-" + Files.size(jar) + '-'
                + Files.getLastModifiedTime(jar).toMillis();
        return new InitializedData(jar.toAbsolutePath().resolveSibling(name));
    }

    /** Makes a data directory, or nothing if none is kept yet. */
    void copyTo(Path data) throws IOException {
        if (Files.exists(kept)) {
            DataDirectory.copy(kept, data);
            renewIdentifier(data);
        }
    }

    /** Keeps a copy of what initdb has just made, if none is kept. */
    void keep(Path data) {
        if (Files.exists(kept)) {
            return;
        }
        Path copy = kept.resolveSibling(kept.getFileName() + "-" + UUID.randomUUID());
        DataDirectory.copyUnlocked(data, copy);
        try {
            Files.move(copy, kept, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            DataDirectory.delete(copy); // another JVM was faster
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void renewIdentifier(Path data) throws IOException {
        Path control = data.resolve("global/pg_control");
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(control)).order(ORDER);
        int end = endOfControl(bytes);
        long old = bytes.getLong(0);
        // as initdb does: when it was made, and something more
        long identifier = Instant.now().getEpochSecond() << 32
                | ThreadLocalRandom.current().nextInt() & 0xffffffffL;
        bytes.putLong(0, identifier).putInt(end, checksum(bytes, end));
        Files.write(control, bytes.array());
        for (Path segment : segments(data)) {
            ByteBuffer page = ByteBuffer.wrap(Files.readAllBytes(segment)).order(ORDER);
            if (page.getLong(IDENTIFIER_IN_SEGMENT) == old) {
                Files.write(
                        segment, page.putLong(IDENTIFIER_IN_SEGMENT, identifier).array());
            }
        }
    }

    /** Where its checksum is, which depends on the version. */
    private static int endOfControl(ByteBuffer control) {
        for (int at = LEAST_CONTROL_BYTES; at + Integer.BYTES <= control.capacity(); at += Integer.BYTES) {
            if (control.getInt(at) == checksum(control, at)) {
                return at;
            }
        }
        throw new IllegalStateException("No checksum in pg_control");
    }

    private static int checksum(ByteBuffer bytes, int end) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.slice(0, end));
        return (int) checksum.getValue();
    }

    private static List<Path> segments(Path data) throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("pg_wal"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
