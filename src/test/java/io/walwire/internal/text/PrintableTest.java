package io.walwire.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.testing.HostileContents;
import io.walwire.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Text that is shown commands nothing, and SQL that is shown means the same. */
class PrintableTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private static String everything() {
        StringBuilder all = new StringBuilder("\ud800 a \udc00 \udb40\udc01");
        for (int c = 1; c < Character.MIN_SURROGATE; c++) {
            all.append((char) c);
        }
        return all.toString();
    }

    @Test
    void text_isVisibleThroughout() {
        assertThat(Printable.of(everything()).codePoints()).allMatch(Printable::isVisible);
        assertThat(Printable.of("a\r\n\tb\u001b[2J\u202e\udb40\udc01"))
                .isEqualTo("a\\r\\n\\tb\\u001b[2J\\u202e\\udb40\\udc01");
        assertThat(Printable.of("plain \\ ü 😀")).isEqualTo("plain \\ ü 😀");
    }

    @Test
    void isVisibleAscii_atEachPlace() {
        for (int c = 0; c <= 0xff; c++) {
            for (int place = 0; place < 20; place++) {
                byte[] text = "a".repeat(20).getBytes(StandardCharsets.ISO_8859_1);
                text[place] = (byte) c;
                assertThat(Printable.isVisibleAscii(text, text.length)).isEqualTo(c < 0x80 && Printable.isVisible(c));
                assertThat(Printable.isVisibleAscii(text, place)).isTrue();
            }
        }
    }

    /** The API cannot see the class, and has the same rule. */
    @Test
    void message_ofAnException_isTheSameText() {
        String text = everything();
        assertThat(new WalwireException(ErrorCode.CLOSED, text)).hasMessage(Printable.of(text) + " [CLOSED]");
    }

    @Test
    void sql_withoutInvisibleCharacters_staysAsItIs() {
        String sql = "CREATE FUNCTION f() AS $x$\n\tBEGIN '\"\n$x$; -- it's \"one\nSELECT $1, 'a''b', E'\\'', \"ü\";\n";
        assertThat(PrintableSql.of(sql)).isEqualTo(sql);
        assertThat(PrintableSql.of("SELECT 1")).isEqualTo("SELECT 1");
    }

    @Test
    void sql_withHostileNames_meansTheSame() throws SQLException {
        for (String name : HostileContents.names()) {
            String sql = "SELECT " + SqlLiterals.quote(name) + " || " + SqlIdentifiers.quote(name) + " FROM (SELECT "
                    + SqlLiterals.quote(name + "\\\n'\"") + " AS " + SqlIdentifiers.quote(name) + ") t";
            String shown = PrintableSql.of(sql);
            assertThat(shown.codePoints()).allMatch(Printable::isVisible);
            assertThat(database.queryString(shown)).isEqualTo(database.queryString(sql));
            String plain = "SELECT '" + name.replace("'", "''") + "'";
            assertThat(database.queryString(PrintableSql.of(plain))).isEqualTo(name);
        }
    }
}
