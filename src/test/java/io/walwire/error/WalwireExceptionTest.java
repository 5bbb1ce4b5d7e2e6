package io.walwire.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an error says, as a whole and in parts. */
class WalwireExceptionTest {
    @Test
    void message_isWhat_advice_andCode() {
        WalwireException error = new WalwireException(ErrorCode.SLOT, "The slot is gone.", "Start again.");
        assertThat(error).hasMessage("The slot is gone. Start again. [SLOT]").hasNoCause();
        assertThat(error.what()).isEqualTo("The slot is gone.");
        assertThat(error.advice()).isEqualTo("Start again.");
        assertThat(error.explanation()).isEqualTo("The slot is gone. Start again.");
        assertThat(error.sqlState()).isNull();
        assertThat(error.code()).isEqualTo(ErrorCode.SLOT);
    }

    @Test
    void message_withoutAdvice_orEmpty_isWhatAndCode() {
        IOException cause = new IOException("full");
        WalwireException error = new WalwireException(ErrorCode.STORAGE, "No room.", cause);
        assertThat(error).hasMessage("No room. [STORAGE]").hasCause(cause);
        assertThat(error.advice()).isNull();
        assertThat(error.explanation()).isEqualTo("No room.");
        assertThat(new WalwireException(ErrorCode.STORAGE, "No room.", "", cause))
                .hasMessage("No room. [STORAGE]")
                .satisfies(same -> assertThat(same.advice()).isNull());
        assertThat(new WalwireException(ErrorCode.CLOSED, "Closed.")).hasMessage("Closed. [CLOSED]");
    }

    @Test
    void message_ofTheServer_hasItsCode() {
        WalwireException error = new WalwireException(
                ErrorCode.PRIVILEGE, "42501", "Refused.", new Advice("Run:", "GRANT ...;"), new IOException("x"));
        assertThat(error).hasMessage("Refused. Run: GRANT ...; [PRIVILEGE 42501]");
        assertThat(error.sqlState()).isEqualTo("42501");
        assertThat(new WalwireException(ErrorCode.CONNECTION, "", "Lost.", null, null))
                .hasMessage("Lost. [CONNECTION]")
                .satisfies(same -> assertThat(same.sqlState()).isNull());
    }

    @Test
    void sql_isAPartOfItsOwn_andOneLineInTheMessage() {
        WalwireException error = new WalwireException(
                ErrorCode.PRIVILEGE, "Refused.", new Advice("Run:", "GRANT a TO b;\nGRANT c TO b;\n"));
        assertThat(error).hasMessage("Refused. Run: GRANT a TO b; GRANT c TO b; [PRIVILEGE]");
        assertThat(error.advice()).isEqualTo("Run:");
        assertThat(error.sql()).isEqualTo("GRANT a TO b;\nGRANT c TO b;");
        assertThat(error.explanation()).isEqualTo("Refused. Run: GRANT a TO b; GRANT c TO b;");
        assertThat(new WalwireException(ErrorCode.SLOT, "Gone.", "Start again.").sql())
                .isNull();
    }

    /** A name in it forges no line of a log. */
    @Test
    void parts_areOneLineEach() {
        WalwireException error = new WalwireException(ErrorCode.SLOT, "a\nb", "c\u202ed");
        assertThat(error).hasMessage("a\\nb c\\u202ed [SLOT]");
        assertThat(error.what()).isEqualTo("a\\nb");
        assertThat(error.advice()).isEqualTo("c\\u202ed");
    }

    @Test
    void configuration_hasALineForEachProblem_andNoCode() {
        ConfigurationException error = new ConfigurationException(List.of("one", "two"));
        assertThat(error).hasMessage("one" + System.lineSeparator() + "two");
        assertThat(error.what()).isEqualTo(error.getMessage());
        assertThat(error.advice()).isNull();
    }

    @Test
    void value_hasItsCode() {
        assertThat(new ValueException(ValueException.Reason.NULL, "t", "c", "int4", null, "Column c is null."))
                .hasMessage("Column c is null. [VALUE]");
    }
}
