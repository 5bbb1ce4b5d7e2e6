package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import io.walwire.internal.text.Printable;
import io.walwire.testing.HostileContents;
import org.junit.jupiter.api.Test;

/** What is printed neither commands a terminal nor means anything else than what came. */
class TerminalTextTest {
    private final ObjectMapper mapper = new ObjectMapper();

    private static boolean isHarmless(int c) {
        return !Character.isISOControl(c) && (c < 0x202a || c > 0x202e) && (c < 0x2066 || c > 0x2069);
    }

    @Test
    void json_hasNoControlCharacters_andTheSameValue() throws Exception {
        StringBuilder everything = new StringBuilder();
        for (int c = 0; c < 0x2100; c++) {
            everything.append((char) c);
        }
        String line = Printable.of(mapper.writeValueAsString(TextNode.valueOf(everything.toString())));
        assertThat(line.chars()).allMatch(TerminalTextTest::isHarmless);
        assertThat(mapper.readTree(line).textValue()).isEqualTo(everything.toString());
        for (String text : HostileContents.texts()) {
            assertThat(mapper.readTree(Printable.of(mapper.writeValueAsString(text)))
                            .textValue())
                    .isEqualTo(text);
        }
    }

    @Test
    void message_isOneLine() {
        assertThat(TerminalText.line(" a\r\n  b\u001b[2Jc\u009bd\u202e ")).isEqualTo("a b\\u001b[2Jc\\u009bd\\u202e");
        assertThat(TerminalText.line("plain ü 😀")).isEqualTo("plain ü 😀");
    }
}
