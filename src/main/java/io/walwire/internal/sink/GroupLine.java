package io.walwire.internal.sink;

import io.walwire.internal.text.Printable;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A line of Walwire's own between the events: the first of a file, or the last of a group. No event's JSON begins like one.
 *
 * @param database that the file's events come from, escaped for JSON; null at the end of a group
 * @param events how many events the group has; 0 at the beginning of a file
 * @param checksum CRC32C of the group's lines and then its position; 0 at the beginning of a file
 * @param position where the file begins or the group ends; null at the beginning of the first file
 */
record GroupLine(
        @Nullable String database,
        long events,
        long checksum,
        @Nullable String position) {
    /** No line of Walwire's own is longer. */
    static final int MAX_BYTES = 2048;

    /** What every such line begins with. */
    static final String PREFIX = "{\"walwire\":\"";

    /** What a file begins with. */
    static final String FILE_PREFIX = PREFIX + "file\"";

    private static final Pattern FILE = Pattern.compile(
            Pattern.quote(FILE_PREFIX)
                    + ",\"format\":1,\"database\":\"((?:[^\"\\\\]|\\\\.){1,1024})\",\"position\":(?:null|\"([^\"\\\\]{1,200})\")\\}");

    private static final Pattern GROUP = Pattern.compile(Pattern.quote(PREFIX)
            + "group\",\"events\":(\\d{1,18}),\"crc32c\":\"([0-9a-f]{1,8})\",\"position\":\"([^\"\\\\]{1,200})\"\\}");

    static GroupLine file(String database, @Nullable String position) {
        String escaped = Printable.of(database.replace("\\", "\\\\").replace("\"", "\\\""));
        return new GroupLine(escaped, 0, 0, position);
    }

    static GroupLine group(long events, long checksum, String position) {
        return new GroupLine(null, events, checksum, position);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Reads a line; null if it is damaged or of a later version. */
    static @Nullable GroupLine parse(String line) {
        Matcher group = GROUP.matcher(line);
        if (group.matches()) {
            return group(Long.parseLong(group.group(1)), Long.parseLong(group.group(2), 16), group.group(3));
        }
        Matcher file = FILE.matcher(line);
        return file.matches() ? new GroupLine(file.group(1), 0, 0, file.group(2)) : null;
    }

    /** The line, without its end. */
    @Override
    public String toString() {
        return database == null
                ? PREFIX + "group\",\"events\":" + events + ",\"crc32c\":\"" + Long.toHexString(checksum)
                        + "\",\"position\":\"" + position + "\"}"
                : FILE_PREFIX + ",\"format\":1,\"database\":\"" + database + "\",\"position\":"
                        + (position == null ? "null" : '"' + position + '"') + "}";
    }
}
