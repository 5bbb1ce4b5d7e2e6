package io.walwire.internal.recording;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.walwire.event.Lsn;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The line of a frame, written and read piece by piece: a frame may have a gigabyte, and its line is a third longer. It is the same
 * JSON that {@link RecordingLine} would read.
 */
final class FrameLine {
    /** A multiple of three, so that the pieces of base64 can be joined. */
    private static final int PIECE = 48 * 1024;

    private static final Pattern BEGINNING =
            Pattern.compile("\\{\"is\":\"frame\",\"at\":\"([0-9A-F]{1,8}/[0-9A-F]{1,8})\",\"bytes\":\"");

    /** At most so long is what stands before the bytes. */
    private static final int LONGEST_BEGINNING = 64;

    private static final byte[] END = "\"}\n".getBytes(US_ASCII);

    private FrameLine() {}

    static void write(Recorded.Frame frame, OutputStream out) throws IOException {
        byte[] beginning = ("{\"is\":\"frame\",\"at\":\"" + frame.received() + "\",\"bytes\":\"").getBytes(US_ASCII);
        CRC32C checksum = new CRC32C();
        checksum.update(beginning);
        byte[] only = null;
        for (int from = 0; from < frame.bytes().length; from += PIECE) {
            only = piece(frame.bytes(), from);
            checksum.update(only);
        }
        checksum.update(END, 0, END.length - 1);
        out.write(Recording.print(checksum).getBytes(US_ASCII));
        out.write(' ');
        out.write(beginning);
        if (only != null && frame.bytes().length <= PIECE) {
            out.write(only);
        } else {
            for (int from = 0; from < frame.bytes().length; from += PIECE) {
                out.write(piece(frame.bytes(), from));
            }
        }
        out.write(END);
    }

    private static byte[] piece(byte[] bytes, int from) {
        int to = Math.min(bytes.length, from + PIECE);
        return Base64.getEncoder()
                .encode(from == 0 && to == bytes.length ? bytes : Arrays.copyOfRange(bytes, from, to));
    }

    /**
     * Reads the line of a large frame.
     *
     * @param json the JSON alone
     * @param length its length
     * @return null if it is not a frame
     * @throws IllegalArgumentException if its bytes are no base64
     */
    static Recorded.@Nullable Frame read(InputStream json, long length) throws IOException {
        json.mark(LONGEST_BEGINNING);
        Matcher beginning = BEGINNING.matcher(new String(json.readNBytes(LONGEST_BEGINNING), US_ASCII));
        json.reset();
        if (!beginning.lookingAt()) {
            return null;
        }
        json.skipNBytes(beginning.end());
        long characters = length - beginning.end() - (END.length - 1);
        InputStream base64 = Base64.getDecoder().wrap(new Beginning(json, characters));
        try {
            byte[] bytes = base64.readNBytes((int) (characters / 4 * 3));
            return new Recorded.Frame(bytes, Lsn.parse(beginning.group(1)));
        } catch (IOException e) {
            throw new IllegalArgumentException("its bytes are not base64", e);
        }
    }
}
