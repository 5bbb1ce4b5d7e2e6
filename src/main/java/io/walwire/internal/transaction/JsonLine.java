package io.walwire.internal.transaction;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** The text that a generator writes. The bytes are kept for the next text, unless it was a large one. */
final class JsonLine extends ByteArrayOutputStream {
    private static final int KEPT_BYTES = 16 << 10;

    JsonLine() {
        super(KEPT_BYTES);
    }

    /**
     * The text since the last call.
     *
     * @param out writes here
     */
    String end(JsonGenerator out) throws IOException {
        out.flush();
        String text = toString(UTF_8);
        reset();
        if (buf.length > KEPT_BYTES) {
            buf = new byte[KEPT_BYTES];
        }
        return text;
    }
}
