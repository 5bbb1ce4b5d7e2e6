package io.walwire.internal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LastWordsTest {
    private static byte[] error(String... fields) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (String field : fields) {
            body.writeBytes(field.getBytes(StandardCharsets.UTF_8));
            body.write(0);
        }
        body.write(0);
        return ByteBuffer.allocate(5 + body.size())
                .put((byte) 'E')
                .putInt(4 + body.size())
                .put(body.toByteArray())
                .array();
    }

    private static byte[] fatal() {
        return error("SFATAL", "VFATAL", "C57P01", "Mterminating connection", "DKey (email)=(secret)");
    }

    @Test
    void in_fatalErrorBehindOtherMessages_isItsStateAndMessageAlone() {
        byte[] before = "dEEEE".getBytes(StandardCharsets.UTF_8);
        byte[] all = ByteBuffer.allocate(100).put(before).put(fatal()).array();
        assertThat(LastWords.in(all, before.length + fatal().length))
                .isEqualTo(new LastWords("57P01", "terminating connection"));
    }

    @Test
    void in_errorThatDoesNotEndTheConnection_isNothing() {
        byte[] error = error("SERROR", "VERROR", "C22012", "Mdivision by zero");
        assertThat(LastWords.in(error, error.length)).isNull();
    }

    @Test
    void in_cutShortOrOther_isNothing() {
        byte[] whole = fatal();
        for (int length = 0; length < whole.length; length++) {
            assertThat(LastWords.in(Arrays.copyOf(whole, length), length)).isNull();
        }
        byte[] other = new byte[64];
        Arrays.fill(other, (byte) 'E');
        assertThat(LastWords.in(other, other.length)).isNull();
    }
}
