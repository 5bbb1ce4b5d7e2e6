package io.walwire.internal.connection.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

class ExceptionTextTest {
    private static PSQLException error(String state, String message) {
        return new PSQLException(new ServerErrorMessage("SERROR\0VERROR\0C" + state + "\0M" + message
                + "\0DKey (email)=(ada@example.org) already exists.\0\0"));
    }

    private final PSQLException duplicate = error("23505", "duplicate key value violates unique constraint \"m\"");

    @Test
    void of_serversError_isItsFirstLine() {
        assertThat(duplicate.getMessage()).contains("ada@example.org", "\n");
        assertThat(ExceptionText.of(duplicate))
                .isEqualTo("org.postgresql.util.PSQLException: duplicate key value violates unique constraint \"m\"");
    }

    @Test
    void of_valueThatTheServerCannotRead_isLeftOut() {
        for (String quoted : new String[] {"\"a \"secret\"\"", "»secret«", "« secret »", "“secret”"}) {
            assertThat(ExceptionText.of(error("22P02", "invalid input syntax for type integer: " + quoted)))
                    .contains("SQLSTATE 22P02")
                    .doesNotContain("secret");
        }
        assertThat(ServerErrors.said(error("22023", "cannot add relation \"scratch\" to publication")))
                .isEqualTo("cannot add relation \"scratch\" to publication.");
        assertThat(ServerErrors.said(error("22021", "invalid byte sequence for encoding \"UTF8\": 0xe9")))
                .contains("SQLSTATE 22021")
                .doesNotContain("0xe9");
    }

    @Test
    void of_wrapper_repeatsNoDetails() {
        Throwable wrapper = new IllegalStateException("insert; " + duplicate.getMessage() + "; again", duplicate);
        assertThat(ExceptionText.of(new RuntimeException(wrapper)))
                .isEqualTo("java.lang.RuntimeException: java.lang.IllegalStateException: insert; duplicate key value"
                        + " violates unique constraint \"m\"; again");
    }

    @Test
    void of_batch_hasNoStatement() {
        SQLException batch = new BatchUpdateException(
                "Batch entry 0 INSERT INTO m VALUES ('ada') was aborted: " + duplicate.getMessage(),
                "23505",
                0,
                new int[0],
                duplicate);
        assertThat(ExceptionText.of(batch)).doesNotContain("ada").contains("duplicate key");
        assertThat(ExceptionText.of(new IOException("kept: " + batch.getMessage(), batch)))
                .doesNotContain("ada")
                .startsWith("java.io.IOException: kept: ");
    }

    @Test
    void of_controlCharacters_areEscaped() {
        assertThat(ExceptionText.of(new IOException("a\r\nb\tc\u001b[31m\u2028\u0085\u202e")))
                .isEqualTo("java.io.IOException: a\\r\\nb\\tc\\u001b[31m\\u2028\\u0085\\u202e");
    }

    @Test
    void of_noMessage_isTheClass() {
        assertThat(ExceptionText.of(new IOException())).isEqualTo("java.io.IOException");
    }

    @Test
    void of_messageThatThrows_isSaidSo() {
        assertThat(ExceptionText.of(new RuntimeException() {
                    private static final long serialVersionUID = 1L;

                    @Override
                    public String getMessage() {
                        throw new IllegalStateException();
                    }
                }))
                .endsWith("(its message cannot be read)");
    }

    @Test
    void trace_hasFramesAndCauses_withoutDetails_evenInCircles() {
        IOException outer = new IOException("outer", duplicate);
        outer.addSuppressed(new IOException("inner", outer));
        Throwable trace = ExceptionText.trace(outer);
        assertThat(trace.getStackTrace()).isEqualTo(outer.getStackTrace());
        assertThat(trace).hasMessage("java.io.IOException: outer");
        assertThat(trace).cause().message().doesNotContain("ada");
        assertThat(trace.getSuppressed()).hasSize(1);
    }
}
