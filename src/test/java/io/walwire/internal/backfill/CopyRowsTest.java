package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.internal.pgoutput.TupleData;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Rows of COPY as the tuples of the stream. */
class CopyRowsTest {
    private static TupleData text(String line, int columns) {
        return CopyText.row(line.getBytes(StandardCharsets.UTF_8), columns);
    }

    private static List<@Nullable String> values(TupleData row) {
        List<@Nullable String> values = new ArrayList<>();
        for (int at : row.columnOffsets()) {
            values.add(
                    row.bytes()[at] == TupleData.NULL
                            ? null
                            : new String(
                                    row.bytes(), at + 5, TupleData.length(row.bytes(), at), StandardCharsets.UTF_8));
        }
        assertThat(row.fillsItsBytes()).isTrue();
        return values;
    }

    @Test
    void text_isUnescaped() {
        assertThat(values(text("1\t\\N\t\t\\\\N\tgröße 😀\n", 5))).containsExactly("1", null, "", "\\N", "größe 😀");
        assertThat(values(text("\\b\\f\\n\\r\\t\\v\\\\\n", 1))).containsExactly("\b\f\n\r\t\u000B\\");
        assertThat(values(text("\\N\n", 1))).containsExactly((String) null);
        assertThat(values(text("\n", 1))).containsExactly("");
        assertThat(values(text("\n", 0))).isEmpty();
        assertThat(values(text("\\\\.\n", 1))).containsExactly("\\.");
    }

    @Test
    void text_thatIsNoRow_isRefused() {
        for (String line : List.of("", "a", "a\tb\n", "\n\n", "a\n\n")) {
            assertThatThrownBy(() -> text(line, 1)).isInstanceOf(WalwireException.class);
        }
        assertThatThrownBy(() -> text("a\n", 2)).isInstanceOf(WalwireException.class);
    }

    @Test
    void text_ofAnyValue_isWhatItWas() {
        Random random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            List<@Nullable String> row = new ArrayList<>();
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < 3; column++) {
                String value = random.nextInt(5) == 0 ? null : value(random);
                row.add(value);
                line.append(column == 0 ? "" : "\t").append(value == null ? "\\N" : escaped(value));
            }
            assertThat(values(text(line + "\n", 3))).isEqualTo(row);
        }
    }

    private static String value(Random random) {
        StringBuilder value = new StringBuilder();
        for (int i = random.nextInt(40); i > 0; i--) {
            // the bytes of some letters differ from a tab, a line end or a backslash in one bit
            String from = random.nextInt(4) == 0 ? "\\N\n\r\t\b\f\u000Bañ.x" : "ab\u0001\u0249\u024A\u071C x\u00DC..~";
            value.append(from.charAt(random.nextInt(12)));
        }
        return value.toString();
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\t", "\\t")
                .replace("\b", "\\b")
                .replace("\f", "\\f")
                .replace("\u000B", "\\v");
    }
}
