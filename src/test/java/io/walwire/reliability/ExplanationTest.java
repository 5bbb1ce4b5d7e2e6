package io.walwire.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What differs between two readings is the server's only where it sent exactly what was delivered. */
class ExplanationTest {
    private static final String ONE = insert(0x10, 0, "1", "a");
    private static final String TWO = insert(0x10, 1, "2", "b");
    private static final String OTHER = insert(0x10, 1, "2", "other");
    private static final String THREE = insert(0x20, 0, "3", "c");
    private static final String FOUR = insert(0x30, 0, "4", "d");
    private static final List<String> LOG = List.of(ONE, TWO, THREE);
    private static final List<String> LONGER = List.of(ONE, TWO, THREE, FOUR);
    private static final Map<String, Map<String, String>> TABLES =
            Map.of("t", Map.of("1", "1|a", "2", "1|b", "3", "1|c"));

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path directory;

    private static String insert(long position, long index, String id, String body) {
        return new Change(Change.hex(position), index, "insert", "t", id, "1|" + body).toString();
    }

    private static Stream<String> ledger(List<String> delivered) {
        return Stream.concat(
                Stream.of("L\t" + Change.hex(0)), delivered.stream().map(line -> "E\t" + line + "\t" + Change.hex(0)));
    }

    private Verdict explained(List<String> delivered, List<String> sent) throws IOException {
        return explained(LOG, delivered, sent);
    }

    private Verdict explained(List<String> log, List<String> delivered, List<String> sent) throws IOException {
        Files.write(directory.resolve("00000"), frames(sent));
        Verdict verdict = Verdict.of(log, ledger(delivered), TABLES);
        Explanation explanation = Explanation.of(verdict, log, directory);
        explanation.explain(asSent -> verdict.by(asSent, ledger(delivered), TABLES, explanation.tables()));
        assertThat(explanation.troubles()).isEmpty();
        return verdict;
    }

    @Test
    void sentAsItWasDelivered_serverDiffers() throws IOException {
        Verdict verdict = explained(List.of(ONE, OTHER, THREE), List.of(ONE, OTHER, THREE));
        assertThat(verdict.serverDiffers()).isTrue();
        assertThat(verdict.complaints())
                .contains(Verdict.NOT_HELD + OTHER + " (the server sent it so)")
                .contains(Verdict.LOST + TWO + " (the server did not send it)");
    }

    @Test
    void sentAsTheLogHasIt_serverDoesNotDiffer() throws IOException {
        Verdict verdict = explained(List.of(ONE, OTHER, THREE), List.of(ONE, TWO, THREE));
        assertThat(verdict.serverDiffers()).isFalse();
        assertThat(verdict.complaints())
                .contains(Verdict.NOT_HELD + OTHER + " (the server did not send it)")
                .contains(Verdict.LOST + TWO + " (the server sent it so)");
    }

    @Test
    void sentAsItWasDelivered_andSomethingElseIsWrong_serverDoesNotExplainIt() throws IOException {
        assertThat(explained(List.of(OTHER, ONE, THREE), List.of(ONE, OTHER, THREE))
                        .serverDiffers())
                .isFalse();
    }

    /** Nothing of it is sent to a client that has confirmed too much, or starts too late. */
    @Test
    void transactionThatWasNotSent_isNotTheServersDifference() throws IOException {
        Verdict verdict = explained(List.of(ONE, TWO), List.of(ONE, TWO));
        assertThat(verdict.serverDiffers()).isFalse();
        assertThat(verdict.complaints())
                .contains(Verdict.LOST + THREE + " (the server did not send it, nor anything of its transaction)");
    }

    @Test
    void transactionThatWasNotSent_betweenTwoThatWere_isTheServersDifference() throws IOException {
        assertThat(explained(LONGER, List.of(ONE, TWO, FOUR), List.of(ONE, TWO, FOUR))
                        .serverDiffers())
                .isTrue();
        assertThat(explained(LONGER, List.of(ONE, TWO, FOUR), List.of(ONE, TWO, THREE, FOUR))
                        .serverDiffers())
                .isFalse();
    }

    private static byte[] frames(List<String> lines) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        write(out, 'W', new byte[3]);
        write(
                out,
                'd',
                data("R\0\0\0\7public\0t\0d\0\3\1id\0\0\0\0\31\0\0\0\0"
                        + "\0version\0\0\0\0\31\0\0\0\0\0body\0\0\0\0\31\0\0\0\0"));
        for (String line : lines) {
            Change change = Change.parse(line);
            ByteArrayOutputStream begin = new ByteArrayOutputStream();
            begin.write('B');
            new DataOutputStream(begin).writeLong(Long.parseLong(change.position(), 16));
            if (change.index() == 0) {
                write(out, 'd', data(begin.toString(StandardCharsets.ISO_8859_1)));
            }
            String[] cells = change.after().split("\\|", -1);
            write(out, 'd', data("I\0\0\0\7N\0\3" + cell(change.key()) + cell(cells[0]) + cell(cells[1])));
        }
        return bytes.toByteArray();
    }

    private static String cell(String text) {
        return "t\0\0\0" + (char) text.length() + text;
    }

    private static byte[] data(String message) {
        return ("w" + "\0".repeat(24) + message).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void write(DataOutputStream out, char type, byte[] rest) throws IOException {
        out.writeByte(type);
        out.writeInt(rest.length + Integer.BYTES);
        out.write(rest);
    }
}
