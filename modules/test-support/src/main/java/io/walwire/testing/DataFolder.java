package io.walwire.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the embedded servers keep their data. A database is about 300 files, and each test has one: a file system on a disk takes
 * ten times as long to make and remove them as one in memory.
 */
final class DataFolder {
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final long GIB = 1L << 30;
    private static final long ENOUGH_OF_THE_FOLDER = 8 * GIB;
    private static final long ENOUGH_OF_THE_MACHINE = 12 * GIB;
    private static final Pattern AVAILABLE = Pattern.compile("(?m)^MemAvailable:\\s+(\\d+) kB$");

    private DataFolder() {}

    /** The folder of {@code -Dwalwire.test.data}, otherwise one in memory if there is enough, otherwise the folder of temporary files. */
    static Path find() {
        String given = System.getProperty("walwire.test.data");
        if (given != null) {
            return Path.of(given);
        }
        return hasRoomInMemory()
                ? MEMORY.resolve("embedded-pg-" + System.getProperty("user.name"))
                : Path.of(System.getProperty("java.io.tmpdir"), "embedded-pg");
    }

    private static boolean hasRoomInMemory() {
        try {
            if (!Files.isWritable(MEMORY)
                    || !Files.getFileStore(MEMORY).type().equals("tmpfs")
                    || Files.getFileStore(MEMORY).getUsableSpace() < ENOUGH_OF_THE_FOLDER) {
                return false;
            }
            Matcher available = AVAILABLE.matcher(Files.readString(Path.of("/proc/meminfo")));
            return available.find() && Long.parseLong(available.group(1)) * 1024 >= ENOUGH_OF_THE_MACHINE;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
